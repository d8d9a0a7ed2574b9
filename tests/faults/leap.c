/* A wall clock that leaps: preloaded, it adds the seconds in the file LEAP to the time of day.
 * The file is mapped, so that a leap comes at once and in all threads; other clocks stay true. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile const long long *leap;

__attribute__((constructor)) static void find(void) {
  const char *name = getenv("LEAP");
  int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *at = mmap(0, sizeof *leap, PROT_READ, MAP_SHARED, file, 0);
  if (at != MAP_FAILED) leap = at;
  close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
  int failed = real(clock, now);
  if (!failed && leap && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    now->tv_sec += *leap;
  return failed;
}

int gettimeofday(struct timeval *now, void *zone) {
  struct timespec read;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &read)) return -1;
  now->tv_sec = read.tv_sec;
  now->tv_usec = read.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *at) {
  struct timespec read;
  clock_gettime(CLOCK_REALTIME, &read);
  if (at) *at = read.tv_sec;
  return read.tv_sec;
}
