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

# What is to be linked for some sources: so that a chapter builds what its tests and its demo need.
needs = $(shell awk -f tutorials/tools/needs.awk $1)
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
# The objects of some sources: the learner's where there is one.
laid = $(patsubst %.cpp,$(MINE)/obj/%.o,$(filter $(mine_files),$1)) \
  $(call objects,$(filter-out $(mine_files),$1)) $(mine_list)

# Builds $1, counting the files on the way: [3/17]. A line that calls it begins with +, or make would
# not know that it calls make, and would build one file at a time.
build = files=$$($(MAKE) -n --no-print-directory $1 | grep -c '^echo "  '); rm -f $(BUILD)/.compiled; \
  $(MAKE) --no-print-directory FILES=$$files $1

.PHONY: progress mine weave record check-text prove book check-book $(numbers)

start-%: $(course) ## begin chapter NN: its exercises, blanked, in work/ (EXERCISE=name: one)
	@$(course) start $*

check-%: $(course) ## the tests of chapter NN on what you wrote (EXERCISE=name: on that alone)
	@$(course) lay $(MINE)/src $*
	+@$(call build,$(MINE)/chapter-$$($(course) chapters $* | cut -c1-2))
	@$(course) check $* $(MINE)/chapter-$$($(course) chapters $* | cut -c1-2)

watch-%: $(course) ## check-NN, and again whenever a file of work/ is saved
	@sh tutorials/tools/watch.sh $(MAKE) --no-print-directory check-$*

hint-%: $(course) ## the next of three hints for the exercise that fails (EXERCISE=name chooses)
	@$(course) hint $*

solution-%: $(course) ## yours against the reference, once an exercise passes (REVEAL=1: at once)
	@$(course) solution $*

reset-%: $(course) ## begin chapter NN again (EXERCISE=name: one exercise); a copy is kept
	@$(course) reset $*

progress: $(course) ## the chapters: what is started, written, passes; and what to do next
	@$(course) progress

mine: $(course) ## the whole program from what you wrote, build/mine/t5
	@$(course) lay $(MINE)/src
	+@$(call build,$(MINE)/t5)
	@echo "$(MINE)/t5 is ready: it runs your code"

mine-%: $(course) ## the demo of chapter NN on what you wrote
	@$(course) lay $(MINE)/src
	+@chapter=$$($(course) chapters $*) && [ -n "$$chapter" ] && \
	  { $(call build,"$(MINE)/demos/$$chapter"); }
	@chapter=$$($(course) chapters $*) && \
	  mkdir -p "$(MINE)/demos/$$chapter.out" && "$(MINE)/demos/$$chapter" "$(MINE)/demos/$$chapter.out"

ifneq ($(numbers),)
$(numbers): %:
	+@$(call build,$(BUILD)/demos/$(filter $*-%,$(chapters)))
	@mkdir -p $(BUILD)/demos/$(filter $*-%,$(chapters)).out
	@$(BUILD)/demos/$(filter $*-%,$(chapters)) $(BUILD)/demos/$(filter $*-%,$(chapters)).out
endif

weave: $(course) ## authors: code, outputs and figures into every lesson
	@$(course) weave

weave-%: $(course)
	@$(course) weave $*

record: $(course) ## authors: which exercises each test runs, into every chapter's tests.txt
	@$(course) record

record-%: $(course)
	@$(course) record $*

check-text: $(course) ## authors: whether lessons, hints, links and commands agree with the tree
	@$(course) check-text

prove: $(course) ## authors: each exercise can fail, can pass, and needs nothing taught later
	@$(course) prove

prove-%: $(course)
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
	@echo "  $(count)$(WORK)/$*.cpp"
	@$(CXX) $(CXXFLAGS) $(LEVEL) $(unwritten) -iquote $(dir $*) -include $(BUILD)/prelude$(LEVEL)/std.h \
	  -MMD -MP -c $< -o $@

.SECONDEXPANSION:
$(BUILD)/demos/%: $$(call objects,$$(call needs,tutorials/$$*/demo.cpp))
	@mkdir -p $(@D)
	@$(link)
$(MINE)/demos/%: $$(call laid,$$(call needs,tutorials/$$*/demo.cpp))
	@mkdir -p $(@D)
	@$(link)
$(MINE)/chapter-%: $$(call laid,$$(call needs,tests/main.cpp $$(call suite_files,$$*))) \
    $$(call suite_programs,$$*)
	@mkdir -p $(@D)
	@$(link)

-include $(shell find $(MINE)/obj -name '*.d' 2>/dev/null)
