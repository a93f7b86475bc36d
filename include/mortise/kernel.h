/*
 * The kernel's services for extensions: what kernel/kernex.exp exports.
 *
 * Every function may be called from `_load`, `_unload` and any kernel thread. Those marked "any
 * context" may be called from an interrupt handler too. Nothing here takes ownership of a pointer
 * unless it says so.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Levels of a log line; smaller is more urgent. The command line's loglevel= is one of the numbers. */
enum log_level { LOG_ERROR = 0, LOG_WARNING = 1, LOG_NOTICE = 2, LOG_INFO = 3, LOG_DEBUG = 4 };

/*
 * Writes to the kernel log at level NOTICE, which also shows it on the console. One call is one line:
 * a newline at the end is not needed. Conversions: %d %i %u %x %X %o %c %s %p %%, with - 0 + and
 * space, width, precision (also *), and the lengths hh h l ll z t j. Any context.
 */
void printk(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same at a level of the caller's choice. Any context. */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Formats into `buffer` of `size_bytes`, always ended with a zero byte when size_bytes > 0. Returns
 * the length that the whole text has, without the zero byte. Any context.
 */
int snprintf(char *buffer, size_t size_bytes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int vsnprintf(char *buffer, size_t size_bytes, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/*
 * Returns memory of at least `size_bytes` (1 to 1 GiB), aligned to 16, contents undefined; NULL when
 * there is none. The caller owns it and gives it back with kfree. May sleep.
 */
void *kmalloc(size_t size_bytes);
/* Gives back what kmalloc returned; NULL is allowed. Anything else is a panic. May sleep. */
void kfree(void *memory);

/* Nanoseconds since the clock was started during boot; never goes backwards. Any context. */
uint64_t clock_now_ns(void);
/* Sleeps for at least `duration_ns` nanoseconds. Sleeps. */
void task_sleep_ns(uint64_t duration_ns);

#define TIMEOUT_TICKS_PER_SECOND 100
/*
 * Calls function(argument) once, at the first tick of the timer at which `ticks` ticks have passed;
 * fewer than one count as one. It runs in the timer's interrupt: short, without sleeping or allocating;
 * it may request and cancel timeouts. Those due at the same tick run in the order of their times, and
 * equal times in the order of the requests.
 *
 * Returns 0, or EAGAIN when every callout is in use, which it also logs: see timeout_reserve. An
 * extension cancels what it requested before it goes; the kernel does not know whose a function is.
 * Any context.
 */
int timeout_start(void (*function)(void *argument), void *argument, int ticks);
/*
 * Cancels the timeout of function(argument), of several equal ones the one that is due first; once
 * this has returned, that call will not begin. Returns 0, or ENOENT when there is none: it has run, or
 * is the caller. Any context.
 */
int timeout_cancel(void (*function)(void *argument), void *argument);
/*
 * Changes by `count` how many timeouts there can be at a time: adds callouts, or gives back ones that
 * were added. The number is one for all extensions. Returns 0, or with nothing changed ENOMEM; ENOSPC
 * when there would be more than the kernel allows (4096); EBUSY when fewer than -count are not in use;
 * EINVAL when fewer were added. May sleep.
 */
int timeout_reserve(int count);

/* C library functions, as in ISO C. Compilers call the first four on their own. Any context. */
void *memcpy(void *to, const void *from, size_t size_bytes);
void *memmove(void *to, const void *from, size_t size_bytes);
void *memset(void *to, int byte, size_t size_bytes);
int memcmp(const void *a, const void *b, size_t size_bytes);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size_bytes);
char *strchr(const char *text, int byte);
