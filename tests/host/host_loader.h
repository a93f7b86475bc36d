/*
 * A loader over the in-process host, with extensions compiled at test time: what the tests of
 * loader/live share.
 *
 * "/unix" exports to them:
 *   void record(int)     appends to the events that the test looks at
 *   int choose(int)      gives what the test put into loader_choices[number]
 *   int ask(int)         calls the test's loader_question with that number
 *   int answer(int command, void *data, int number)   calls the test's loader_answer
 *   int far_choose(int), int far_choices[]   choose and what it chooses from, out of an extension's reach
 */
#pragma once

#include <stddef.h>

#include "loader/live/loader.h"

/* An extension: its path and how it is made; without `command` as 64-bit code of an extension. */
struct fixture {
    const char *path;
    const char *source;
    const char *command;
};

/* Compiles the fixtures (once for the program), and forgets them. */
void fixtures_compile(const struct fixture *fixtures, size_t count);
void fixtures_release(void);

/* A fresh host with the fixtures as files, a fresh loader; and the end, when nothing may be left. */
void loader_start(void);
void loader_stop(void);

/* Events recorded since the start, and an assertion that they are these, ended by 0. */
void loader_expect_events(const int *events);
#define expect_events(...) loader_expect_events((const int[]){__VA_ARGS__, 0})
#define expect_no_events() loader_expect_events((const int[]){0})
void loader_forget_events(void);
/* Appends an event, as record does. */
void loader_record(int event);

#define LOADER_CHOICES 4
extern int loader_choices[LOADER_CHOICES];
extern int (*loader_question)(int number);
extern int (*loader_answer)(int command, void *data, int number);
extern uintptr_t loader_asked_from; /* the address in the extension that ask returns to */

/* Loads, which must work, and gives the kmid. */
uint32_t load(const char *path);
uint32_t load_by(const struct loader_request *request);
/* Tries to load, which must fail with `status`, say `detail`, and change nothing. */
void load_refused(const char *path, enum status status, const char *detail);
void load_refused_by(const struct loader_request *request, enum status status, const char *detail);
/* Requests unloading, which must work. */
struct loader_unload_result unload(uint32_t kmid);
/* The same for an extension that must be gone then. */
void unload_gone(uint32_t kmid);
/* What the last refusal said, and its notes, each ended by a newline; until the next request. */
const struct diagnosis *last_diagnosis(void);
const char *last_notes(void);
/* Gives the notes of the last request back. */
void last_diagnosis_release(void);

/* What listings say of a kmid; fails the test when it is not there. */
struct loader_extension extension_of(uint32_t kmid);
bool is_loaded(uint32_t kmid);
/* The address that a new importer of `name` would get; 0 when there is none. */
uint64_t address_of(const char *name);
/* Calls it: int name(void). */
int call(const char *name);

void expect_equal_states(const struct loader_state *before);
