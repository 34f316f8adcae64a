# The course: the learner's desk, the chapters' demos, the authors' tools. Included by the Makefile.
#
# WORK is the learner's desk. build/course lays what is to be compiled in MINE/src; the objects are
# linked before the archives of the reference, whose objects of the same files are then left out.

WORK ?= work
MINE ?= $(BUILD)/mine
export WORK
course := $(BUILD)/course

chapters := $(sort $(notdir $(wildcard tutorials/[0-9][0-9]-*)))
numbers := $(foreach chapter,$(chapters),$(firstword $(subst -, ,$(chapter))))

# What the tests link beside their suites: files of tests/ that hold none.
helpers := $(shell grep -L TEST_SUITE $(filter-out tests/main.cpp,$(tests)) /dev/null | grep -v /dev/null)
suite_files = $(if $1,$(shell grep -l 'TEST_SUITE."$1-' $(tests) /dev/null))
suite_programs = $(if $(call suite_files,$1),$(if $(shell grep -l cli/workspace.h $(call suite_files,$1)), \
  $(MINE)/t5 $(MINE)/corpus $(MINE)/library_example))

mine_files := $(patsubst $(MINE)/src/%,%,$(shell find $(MINE)/src -name '*.cpp' 2>/dev/null))
mine_objects := $(mine_files:%.cpp=$(MINE)/obj/%.o)
# A file that leaves the desk takes its object away, which leaves nothing newer than the programs: so
# they depend on the list of objects, which is written anew when it has changed.
mine_list := $(if $(wildcard $(MINE)/.),$(MINE)/objects)
$(if $(mine_list),$(shell echo '$(mine_objects)' | cmp -s - '$(mine_list)' || \
  echo '$(mine_objects)' > '$(mine_list)'))
mine_library := $(mine_objects) $(mine_list) $(BUILD)/libtutorials.a $(BUILD)/libt5.a

.PHONY: progress mine weave check-text prove book check-book $(numbers)

start-%: $(course) ## begin chapter NN: its exercises, blanked, in work/
	@$(course) start $*

check-%: $(course) ## the tests of chapter NN on what you wrote
	@$(course) lay $(MINE)/src $*
	@$(MAKE) --no-print-directory $(MINE)/chapter-$$($(course) chapters $* | cut -c1-2)
	@$(course) check $* $(MINE)/chapter-$$($(course) chapters $* | cut -c1-2)

hint-%: $(course) ## the next of three hints (EXERCISE=name chooses)
	@$(course) hint $*

solution-%: $(course) ## yours against the reference, once the tests pass (REVEAL=1: at once)
	@$(course) solution $*

reset-%: $(course) ## begin chapter NN again; a copy is kept
	@$(course) reset $*

progress: $(course) ## the chapters: what is started, written, passes
	@$(course) progress

mine: $(course) ## the whole program from what you wrote, build/mine/t5
	@$(course) lay $(MINE)/src
	@$(MAKE) --no-print-directory $(MINE)/t5
	@echo "$(MINE)/t5 is ready: it runs your code"

mine-%: $(course) ## the demo of chapter NN on what you wrote
	@$(course) lay $(MINE)/src
	@chapter=$$($(course) chapters $*) && [ -n "$$chapter" ] && \
	  $(MAKE) --no-print-directory "$(MINE)/demos/$$chapter" && \
	  mkdir -p "$(MINE)/demos/$$chapter.out" && "$(MINE)/demos/$$chapter" "$(MINE)/demos/$$chapter.out"

ifneq ($(numbers),)
$(numbers): %:
	@$(MAKE) --no-print-directory $(BUILD)/demos/$(filter $*-%,$(chapters))
	@mkdir -p $(BUILD)/demos/$(filter $*-%,$(chapters)).out
	@$(BUILD)/demos/$(filter $*-%,$(chapters)) $(BUILD)/demos/$(filter $*-%,$(chapters)).out
endif

weave: $(course) ## authors: code, outputs and figures into every lesson
	@$(course) weave

weave-%: $(course)
	@$(course) weave $*

check-text: $(course) ## authors: whether lessons, hints, links and commands agree with the tree
	@$(course) check-text

# What all variants share is built before two of them are at once.
prove_needs := $(course) $(BUILD)/libtesting.a $(BUILD)/libtutorials.a $(BUILD)/libt5.a

prove: $(prove_needs) ## authors: each exercise can fail, can pass, and needs nothing taught later
	@$(course) prove

prove-%: $(prove_needs)
	@$(course) prove $*

book: $(course) ## the course as one offline book, build/book (installs pandoc when missing)
	@sh tutorials/tools/book.sh $(BUILD)

check-book: book ## authors: every page of the book, opened in a headless Chromium
	@sh .ci/deps browser
	@python3 tests/book/check.py $(BUILD)/book $(SCREENSHOTS)

# run_program is the one thing of the library in it: a file without exercises, which needs no other.
$(course): $(call objects,$(wildcard tutorials/tools/*.cpp) t5/cli/standard_streams.cpp)
	@$(CXX) $(CXXFLAGS) -o $@ $(filter %.o,$^) -lfmt -pthread $(EXTRA_LDFLAGS)

$(BUILD)/libtutorials.a: $(call objects,$(if $(filter double,$(REAL)),,$(corpora)) $(teaching))
	@rm -f $@ && ar rcs $@ $^
$(BUILD)/libtesting.a: $(call objects,$(helpers))
	@rm -f $@ && ar rcs $@ $^

$(BUILD)/demos/%: $(BUILD)/obj/tutorials/%/demo.o $(BUILD)/libtutorials.a $(BUILD)/libt5.a
	@mkdir -p $(@D)
	@$(link)
$(MINE)/demos/%: $(BUILD)/obj/tutorials/%/demo.o $(mine_library)
	@mkdir -p $(@D)
	@$(link)
$(MINE)/t5: $(call objects,t5/cli/main.cpp) $(mine_library)
	@mkdir -p $(@D)
	@$(link)
$(MINE)/corpus: $(call objects,tutorials/corpora/main.cpp) $(mine_library)
	@mkdir -p $(@D)
	@$(link)
$(MINE)/library_example: $(call objects,tutorials/library_example.cpp) $(mine_library)
	@mkdir -p $(@D)
	@$(link)

# What a stub leaves unused is not worth a warning; code that is written is held to all of them.
unwritten = $(if $(shell grep 'is not written yet: see tutorials/' '$<'),-Wno-unused \
  -Wno-unused-parameter)
$(MINE)/obj/%.o: $(MINE)/src/%.cpp $(BUILD)/prelude-O1/std.h.gch $(BUILD)/prelude-O3/std.h.gch
	@mkdir -p $(@D)
	@echo "  $(WORK)/$*.cpp"
	@$(CXX) $(CXXFLAGS) $(LEVEL) $(unwritten) -iquote $(dir $*) -include $(BUILD)/prelude$(LEVEL)/std.h \
	  -MMD -MP -c $< -o $@

.SECONDEXPANSION:
$(MINE)/chapter-%: $$(call objects,tests/main.cpp $$(call suite_files,$$*)) $(BUILD)/libtesting.a \
    $(mine_library) $$(call suite_programs,$$*)
	@mkdir -p $(@D)
	@$(link)

-include $(shell find $(MINE)/obj -name '*.d' 2>/dev/null)
