/*
 * Files that exist only while modld runs: what it hands to the linker and gets from it. They stand
 * in a folder of their own in $TMPDIR or /tmp, which is made when the first one is wanted.
 */
#pragma once

/* The path of a new file that a message can show: its last part ends with `name`. NULL: reported. */
const char *scratch_path(const char *name);
/* Removes the files and the folder. */
void scratch_close(void);
