// Loaded before the C library (LD_PRELOAD): the process kills itself before its operation number
// KILL_AT that changes a file. The test counts up until the program ends by itself.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_due(void) {
  static long done = 0, last = -1;
  if (last < 0) {
    const char* text = getenv("KILL_AT");
    last = text ? atol(text) : 0;
  }
  return ++done == last;
}
static void count(void) {
  if (is_due()) kill(getpid(), SIGKILL);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define COUNTED(result, name, parameters, arguments) \
  result name parameters {                           \
    count();                                         \
    return NEXT(name) arguments;                     \
  }

COUNTED(int, rename, (const char* from, const char* to), (from, to))
COUNTED(int, unlink, (const char* path), (path))
COUNTED(int, unlinkat, (int at, const char* path, int flags), (at, path, flags))
COUNTED(int, remove, (const char* path), (path))
COUNTED(int, rmdir, (const char* path), (path))
COUNTED(int, mkdir, (const char* path, mode_t mode), (path, mode))
COUNTED(int, fsync, (int file), (file))
COUNTED(int, fchmod, (int file, mode_t mode), (file, mode))
COUNTED(int, fchmodat, (int at, const char* path, mode_t mode, int flags), (at, path, mode, flags))

// Killed in the middle: half of it is written. What goes to a terminal or a pipe is no file.
ssize_t write(int file, const void* bytes, size_t size) {
  struct stat status;
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && is_due()) {
    NEXT(write)(file, bytes, size / 2);
    kill(getpid(), SIGKILL);
  }
  return NEXT(write)(file, bytes, size);
}

static int opens(int (*next)(const char*, int, ...), const char* path, int flags, va_list rest) {
  mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
  if (flags & (O_CREAT | O_TRUNC)) count();
  return next(path, flags, mode);
}
int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  int file = opens(NEXT(open), path, flags, rest);
  va_end(rest);
  return file;
}
int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  int file = opens(NEXT(open64), path, flags, rest);
  va_end(rest);
  return file;
}
FILE* fopen(const char* path, const char* mode) {
  if (strpbrk(mode, "wa+")) count();
  return NEXT(fopen)(path, mode);
}
int fflush(FILE* file) {  // a row of the metrics
  if (file != stdout && file != stderr) count();
  return NEXT(fflush)(file);
}
