# T5 from Scratch. `make help` lists what can be done here.

REAL ?= float        # or double: the element type of the whole library
REAL := $(strip $(REAL))
ifeq ($(origin CXX),default)  # make's own choice, c++
  CXX := g++
endif
# The processor at hand; compilers for arm64 call it by another name.
ifeq ($(origin OPTIMISE),undefined)
  OPTIMISE := $(if $(filter aarch64 arm64,$(shell uname -m)),-mcpu=native,-march=native)
endif
BUILD ?= build$(if $(filter double,$(REAL)),/double)

# Homebrew's folder, on Apple silicon and on Intel; OpenBLAS has one of its own in it.
HOMEBREW ?= $(patsubst %/opt/fmt,%,$(firstword $(wildcard /opt/homebrew/opt/fmt /usr/local/opt/fmt)))
# OpenBLAS: Debian keeps its OpenMP build in a folder of its own. OPENBLAS=/prefix chooses another.
BLAS_LIB := $(firstword $(if $(OPENBLAS),$(OPENBLAS)/lib) $(wildcard /usr/lib/*/openblas-openmp) \
              $(if $(HOMEBREW),$(wildcard $(HOMEBREW)/opt/openblas/lib)))
BLAS_INC := $(firstword $(if $(OPENBLAS),$(OPENBLAS)/include) \
              $(wildcard /usr/include/*/openblas-openmp) $(wildcard /usr/include/openblas) \
              $(if $(HOMEBREW),$(wildcard $(HOMEBREW)/opt/openblas/include)))
# A Mac without OpenBLAS has Apple's Accelerate.
BLAS := $(if $(BLAS_LIB)$(filter-out Darwin,$(shell uname)),-lopenblas,-framework Accelerate)

# clang warns of libstdc++'s own stable_sort and of loops that stay scalar, g++ of overflows that
# cannot happen.
WARNINGS := -Wall -Wextra -Wno-psabi $(if $(findstring clang,$(shell $(CXX) --version 2>/dev/null)), \
  -Wno-deprecated-declarations -Wno-pass-failed,-Wno-stringop-overflow)
# errno and trapping: nobody reads errno of a vector exp, and a comparison may be done speculatively.
# Neither changes a result. Nothing else of -ffast-math is granted.
CXXFLAGS := -std=c++20 $(OPTIMISE) -pthread -fopenmp-simd -fno-math-errno -fno-trapping-math $(WARNINGS) \
  -iquote . $(addprefix -isystem ,$(BLAS_INC) $(HOMEBREW:%=%/include)) -DT5_REAL=$(REAL) $(EXTRA_CXXFLAGS)
comma := ,
LDLIBS := $(if $(BLAS_LIB),-L$(BLAS_LIB) -Wl$(comma)-rpath$(comma)$(BLAS_LIB)) \
  $(HOMEBREW:%=-L%/lib) $(BLAS) -lsentencepiece_train -lsentencepiece -lfmt -lz -lzstd -ldl -pthread $(EXTRA_LDFLAGS)

library := $(sort $(filter-out t5/cli/main.cpp,$(shell find tensor autograd nn t5 -name '*.cpp')))
corpora := $(sort $(filter-out tutorials/corpora/main.cpp,$(shell find tutorials/corpora -name '*.cpp')))
# Code that the course needs beside the library stands in its chapter's folder, tests of it too.
teaching := $(filter-out %/demo.cpp %_test.cpp,$(sort $(wildcard tutorials/[0-9][0-9]-*/*.cpp)))
tests := $(sort $(shell find tests -name '*.cpp' ! -path 'tests/bench/*' ! -path 'tests/fuzz/*') \
  $(wildcard tutorials/[0-9][0-9]-*/*_test.cpp))
# In double precision the layers below t5/ are tested: gradients against finite differences.
lower := $(filter tensor/% autograd/% nn/%,$(library))
lower_tests := $(filter tests/main.cpp tests/tensor/% tests/autograd/% tests/nn/%,$(tests))
bench := $(sort $(wildcard tests/bench/*.cpp))
objects = $(1:%.cpp=$(BUILD)/obj/%.o)
link = $(CXX) $(CXXFLAGS) -o $@ $(filter %.o %.a,$^) $(LDLIBS)

# All cores; but two commands that lay out the learner's files go one after the other.
desk := $(filter start-% check-% solution-% reset-% mine-%,$(MAKECMDGOALS))
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS))$(word 2,$(desk)),0)
  MAKEFLAGS += -j$(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)
endif
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all help demo village catalogues t5-small test programs bench parity kills platforms sanitize sanitize-threads count format clean deps

all: $(BUILD)/t5 ## build the program, build/t5

help: ## this list
	@grep -hE '^[a-z0-9%-]+:.*##' Makefile tutorials/tools/course.mk | sed 's/%/NN/' | \
	  awk -F ':.*## ' '{ printf "%-18s%s\n", $$1, $$2 }'
	@printf '%-18s%s\n' NN 'the demo of chapter NN'

demo: $(BUILD)/t5 $(BUILD)/corpus ## train a small T5 on English-French pairs and translate with it
	@sh tutorials/corpora/demo.sh $(BUILD)

village: $(BUILD)/t5 $(BUILD)/corpus ## train one small T5 on 26 tasks about a made-up village, print a table
	@sh tutorials/corpora/village.sh $(BUILD)

catalogues: $(BUILD)/t5 $(BUILD)/corpus ## train on what this machine's programs say in two languages, print BLEU
	@sh tutorials/corpora/catalogues.sh $(BUILD)

t5-small: $(BUILD)/t5 ## fetch the published t5-small (242 MB, Apache-2.0), check its answers
	@sh tutorials/t5-small.sh $(BUILD)

test: $(BUILD)/tests programs ## all tests (under five minutes)
	@$(MAKE) --no-print-directory REAL=double BUILD=$(BUILD)/double $(BUILD)/double/tests
	@status=0; \
	sh tests/run.sh $(BUILD)/test-float.log $(BUILD)/tests || status=1; \
	sh tests/run.sh $(BUILD)/test-double.log $(BUILD)/double/tests || status=1; \
	awk '/^\[doctest\] test cases:/ { passed += $$6; failed += $$9 } \
	  END { printf "%d passed, %d failed\n", passed, failed }' $(BUILD)/test-*.log; \
	exit $$status

# What the tests run beside their own binary.
programs: $(BUILD)/t5 $(BUILD)/corpus $(BUILD)/library_example $(BUILD)/tasks_example $(BUILD)/course $(BUILD)/kill_at.so

test-%: $(BUILD)/tests programs ## the tests of chapter NN alone
	@$(BUILD)/tests --test-suite='$*-*'

bench: $(BUILD)/bench $(BUILD)/t5 ## kernels, training steps and tokens against their lower bounds
	@$(BUILD)/bench

parity: programs ## our program against transformers, live; installs that in build/oracle
	@sh tests/parity/all.sh $(BUILD)

sanitize: ## the tests under the address and undefined-behaviour sanitizers
	@$(MAKE) --no-print-directory BUILD=build/sanitize OPTIMISE='-fno-omit-frame-pointer' LEVEL=-O1 \
	  EXTRA_CXXFLAGS='-fsanitize=address,undefined -fno-sanitize-recover=all' \
	  build/sanitize/tests programs
	@ASAN_OPTIONS=detect_leaks=1 sh tests/run.sh build/sanitize/test.log build/sanitize/tests

sanitize-threads: ## chapters whose code runs on several threads, under the thread sanitizer
	@$(MAKE) --no-print-directory BUILD=build/sanitize-threads OPTIMISE='-fno-omit-frame-pointer' \
	  LEVEL=-O1 EXTRA_CXXFLAGS='-fsanitize=thread' build/sanitize-threads/tests programs
	@sh tests/run.sh build/sanitize-threads/test.log build/sanitize-threads/tests \
	  --test-suite='02-*,04-*,09-*,14-*,16-*' \
	  --test-case-exclude='a run killed*' # kills the slowed program for ten minutes

kills: programs ## every command that writes, killed before each of its file operations
	@bash tests/faults/kills.sh $(BUILD)/t5 $(BUILD)/kill_at.so

platforms: ## other compilers, processors and systems, as root on Debian 12 (two hours)
	@sh tests/platforms/all.sh

count: ## lines of code per folder
	@sh tests/count.sh

format: ## lay out every source file by .clang-format
	@git ls-files '*.h' '*.cpp' | xargs clang-format -i

clean: ## remove everything that was built
	@rm -rf build

deps: ## install the compiler and the libraries that are missing
	@CXX='$(CXX)' sh .ci/deps && mkdir -p build && touch build/.deps

# The first build on a machine installs what is missing; -isystem paths found after that need a
# second look, hence the restart of make.
ifneq ($(filter-out clean count format help deps platforms,$(or $(MAKECMDGOALS),all)),)
include build/.deps
build/.deps: .ci/deps
	@CXX='$(CXX)' sh .ci/deps && mkdir -p build && touch $@
endif

# Google Benchmark, which nothing else needs.
$(call objects,$(bench)): | $(BUILD)/.deps-bench
$(BUILD)/.deps-bench: .ci/deps
	@CXX='$(CXX)' sh .ci/deps bench && mkdir -p $(@D) && touch $@

.SECONDARY:

# Before each file where their number is known: "[3/17] ".
count = $(if $(FILES),[$$(echo >> $(BUILD)/.compiled; grep -c '' $(BUILD)/.compiled)/$(FILES)] )

# Kernels are optimised hardest, the rest is compiled quickly.
kernels := $(filter tensor/tensor.cpp tensor/random.cpp tensor/ops/% tensor/tools/% autograd/fused/% nn/% t5/generation/%,$(library)) \
  $(teaching) $(bench)
LEVEL ?= $(if $(filter $(kernels),$(<:$(MINE)/src/%=%)),-O3,-O1)
# Every test file prints values alike (tests/print.h).
print = $(if $(filter $(filter-out tests/main.cpp,$(tests)),$<),-include tests/print.h)
$(call objects,$(tests)): tests/print.h
$(BUILD)/obj/%.o: %.cpp $(BUILD)/prelude-O1/std.h.gch $(BUILD)/prelude-O3/std.h.gch
	@mkdir -p $(@D)
	@echo "  $(count)$*.cpp"
	@$(CXX) $(CXXFLAGS) $(LEVEL) -include $(BUILD)/prelude$(LEVEL)/std.h $(print) -MMD -MP -c $< -o $@

# The standard library's headers and fmt's are parsed once. Every file includes what it needs
# nevertheless; `make PRELUDE=` builds without. A larger prelude costs every file more to load:
# nlohmann-json's added 0.6 s to each.
PRELUDE ?= algorithm array atomic cmath cstdint exception filesystem fmt/format.h functional \
  iostream map memory mutex numeric optional span sstream string unordered_map utility vector
# Everything is rebuilt when the compiler's flags change, or what "native" means: a build folder that
# was moved to another machine. They are compared here, and not by a rule, so that `make -n` counts
# what is really to be done.
processor := $(if $(findstring native,$(OPTIMISE)),$(shell grep -m 1 -iE '^(flags|features)' \
  /proc/cpuinfo 2>/dev/null | cksum))
flags = $(CXX) $(CXXFLAGS) with $(PRELUDE) for $(processor)
ifneq ($(filter-out clean count format help deps platforms,$(or $(MAKECMDGOALS),all)),)
  $(shell mkdir -p $(BUILD); echo '$(flags)' | cmp -s - $(BUILD)/flags || echo '$(flags)' > $(BUILD)/flags)
endif
$(BUILD)/flags: ;
$(BUILD)/prelude%/std.h.gch: $(BUILD)/flags
	@mkdir -p $(@D) && printf '%s\n' $(PRELUDE:%='#include <%>') > $(@D)/std.h
	@$(CXX) $(CXXFLAGS) $* -x c++-header $(@D)/std.h -o $@

$(BUILD)/libt5.a: $(call objects,$(library))
	@rm -f $@ && ar rcs $@ $^
$(BUILD)/liblower.a: $(call objects,$(lower))
	@rm -f $@ && ar rcs $@ $^

$(BUILD)/t5: $(call objects,t5/cli/main.cpp) $(BUILD)/libt5.a
	@$(link)
$(BUILD)/corpus: $(call objects,tutorials/corpora/main.cpp) $(BUILD)/libtutorials.a $(BUILD)/libt5.a
	@$(link)
$(BUILD)/%_example: $(BUILD)/obj/tutorials/%_example.o $(BUILD)/libt5.a
	@$(link)
$(BUILD)/bench: $(call objects,$(bench)) $(BUILD)/libt5.a
	@$(link) -lbenchmark
ifeq ($(REAL),double)
$(BUILD)/tests: $(call objects,$(lower_tests)) $(BUILD)/libtutorials.a $(BUILD)/liblower.a
	@$(link)
else
$(BUILD)/tests: $(call objects,$(tests)) $(BUILD)/libtutorials.a $(BUILD)/libt5.a
	@$(link)
endif

# Kills a program at a chosen file operation; see tests/faults/kills.sh.
$(BUILD)/kill_at.so: tests/faults/kill_at.c $(BUILD)/flags
	@$(CXX) -x c -shared -fPIC -O1 -o $@ $< -ldl

include tutorials/tools/course.mk
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
