/*
 * The initrd as a tree: see initrd.h.
 *
 * Each directory keeps its children in a hash table by name (uthash), so that a step of a path costs
 * the same in a folder of ten thousand. uthash also strings the elements of a table on a list, which
 * is sorted once the tree is complete: the list is the order of initrd_next_sibling.
 *
 * Names are copied, contents stay in the archive. Nodes are never freed.
 */
#include "kernel/fs/initrd.h"

#include <mortise/kernel.h>

#include "kernel/fs/ustar.h"
#include "lib/string.h"

/* Out of memory is reported like all else: uthash then leaves the new node out of the table. */
#define HASH_NONFATAL_OOM           1
#define uthash_malloc(size)         kmalloc(size)
#define uthash_free(memory, size)   kfree(memory)
#define uthash_nonfatal_oom(failed) ((failed)->is_added = false)
#include <uthash.h>

struct initrd_node {
    struct initrd_node *parent;   /* the root is its own */
    struct initrd_node *children; /* head of the table; NULL when there are none */
    UT_hash_handle hh;            /* in the parent's table, by name */
    struct span contents;
    bool is_directory;
    bool is_added;
    const char *name; /* behind the node; "" for the root */
};

static struct {
    struct initrd_node root;
} initrd = {.root = {.parent = &initrd.root, .name = "", .is_directory = true}};

/* One part of a path, not zero-ended. */
struct path_part {
    const char *text;
    size_t length;
};

/* Takes the next part off *path; false when there is none. Empty parts and "." are skipped. */
static bool next_part(const char **path, struct path_part *part)
{
    do {
        while (**path == '/')
            ++*path;
        part->text = *path;
        while (**path != 0 && **path != '/')
            ++*path;
        part->length = (size_t)(*path - part->text);
    } while (part->length == 1 && part->text[0] == '.');
    return part->length != 0;
}

static bool part_is_up(struct path_part part)
{
    return part.length == 2 && part.text[0] == '.' && part.text[1] == '.';
}

static struct initrd_node *find_child(const struct initrd_node *directory, struct path_part part)
{
    struct initrd_node *child;
    HASH_FIND(hh, directory->children, part.text, part.length, child);
    return child;
}

/* Adds an empty child, a directory until it is given contents; NULL when memory is out. */
static struct initrd_node *add_child(struct initrd_node *directory, struct path_part part)
{
    struct initrd_node *child = kmalloc(sizeof(*child) + part.length + 1);
    if (child == NULL)
        return NULL;
    char *name = (char *)(child + 1);
    memcpy(name, part.text, part.length);
    name[part.length] = 0;
    *child = (struct initrd_node){
        .parent = directory, .name = name, .is_directory = true, .is_added = true};

    HASH_ADD_KEYPTR(hh, directory->children, name, part.length, child);
    if (child->is_added)
        return child;
    kfree(child);
    return NULL;
}

/* Walks to the node of `path`, making what is missing. Returns why not, or NULL with *node filled. */
static const char *make_path(const char *path, struct initrd_node **node, bool *is_new)
{
    struct initrd_node *at = &initrd.root;
    struct path_part part;
    *is_new = false;
    while (next_part(&path, &part)) {
        if (!at->is_directory)
            return "its path goes through a file";
        struct initrd_node *child = find_child(at, part);
        *is_new = child == NULL;
        if (child == NULL)
            child = add_child(at, part);
        if (child == NULL)
            return "out of memory";
        at = child;
    }
    *node = at;
    return NULL;
}

static bool path_goes_up(const char *path)
{
    struct path_part part;
    while (next_part(&path, &part)) {
        if (part_is_up(part))
            return true;
    }
    return false;
}

/* Puts one entry into the tree; a later one replaces an earlier one. Returns why not, or NULL. */
static const char *add_entry(const struct ustar_entry *entry)
{
    struct initrd_node *node;
    bool is_new;
    if (entry->kind == USTAR_OTHER)
        return "it is neither a file nor a directory";
    if (path_goes_up(entry->path))
        return "its path has \"..\" in it";
    const char *problem = make_path(entry->path, &node, &is_new);
    if (problem != NULL)
        return problem;

    bool is_directory = entry->kind == USTAR_DIRECTORY;
    if (!is_directory && node == &initrd.root)
        return "a file without a name";
    if (!is_directory && !is_new && node->is_directory)
        return "a directory has this path already";
    node->is_directory = is_directory;
    node->contents = is_directory ? span_make(NULL, 0) : entry->contents;
    return NULL;
}

static int compare_names(const struct initrd_node *a, const struct initrd_node *b)
{
    return strcmp(a->name, b->name);
}

/* The node after `node` in a walk that meets each directory before what is in it. */
static struct initrd_node *next_in_tree(struct initrd_node *node)
{
    if (node->children != NULL)
        return node->children;
    while (node != &initrd.root && node->hh.next == NULL)
        node = node->parent;
    return node == &initrd.root ? NULL : node->hh.next;
}

/* Without recursion, since the archive says how deep the tree is. */
static void sort_all(void)
{
    for (struct initrd_node *node = &initrd.root; node != NULL; node = next_in_tree(node))
        HASH_SORT(node->children, compare_names);
}

static void read_archive(struct span archive)
{
    struct ustar_entry entry;
    uint64_t offset = 0;
    for (;;) {
        unsigned long long header = offset;
        enum ustar_result result = ustar_next(archive, &offset, &entry);
        if (result == USTAR_END)
            return;
        if (result != USTAR_ENTRY) {
            log_write(LOG_ERROR, "initrd: offset 0x%llx: nothing is read from here on: %s", header,
                      ustar_result_text(result));
            return;
        }
        const char *problem = add_entry(&entry);
        if (problem != NULL)
            log_write(LOG_ERROR, "initrd: offset 0x%llx: left out: %s: /%s", header, problem,
                      entry.path);
    }
}

void initrd_init(struct span archive)
{
    initrd.root = (struct initrd_node){.parent = &initrd.root, .name = "", .is_directory = true};
    if (archive.size == 0)
        return;
    read_archive(archive);
    sort_all();
}

const struct initrd_node *initrd_find(const char *path)
{
    if (path[0] != '/')
        return NULL;
    const struct initrd_node *at = &initrd.root;
    struct path_part part;
    while (at != NULL && next_part(&path, &part)) {
        if (!at->is_directory)
            return NULL;
        at = part_is_up(part) ? at->parent : find_child(at, part);
    }
    return at;
}

const char *initrd_name(const struct initrd_node *node)
{
    return node->name;
}

bool initrd_is_directory(const struct initrd_node *node)
{
    return node->is_directory;
}

struct span initrd_contents(const struct initrd_node *node)
{
    return node->contents;
}

const struct initrd_node *initrd_first_child(const struct initrd_node *directory)
{
    return directory->children;
}

const struct initrd_node *initrd_next_sibling(const struct initrd_node *node)
{
    return node->hh.next;
}
