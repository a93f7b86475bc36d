/* A lock that sleeps. Not recursive; only its owner unlocks it. Threads only, never an interrupt. */
#pragma once

#include <stdbool.h>

#include "kernel/task/task.h"

struct mutex {
    struct thread *owner;
    struct wait_queue waiters;
};

void mutex_init(struct mutex *mutex);
void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
bool mutex_is_mine(const struct mutex *mutex);
