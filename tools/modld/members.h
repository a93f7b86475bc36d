/*
 * The members of a dual-mode archive to be: two extensions that modld wrote, one for each mode, in
 * the order in which they were given.
 */
#pragma once

#include "loader/image/image.h"
#include "tools/modld/options.h"

#define MEMBERS_COUNT 2

struct member {
    const char *path;
    struct span file;
    struct image image;
};

struct members {
    struct member items[MEMBERS_COUNT];
    size_t count;
};

/* Reads and checks them. Every mistake is reported; without one there are MEMBERS_COUNT members. */
void members_read(const struct texts *paths, struct members *members);
