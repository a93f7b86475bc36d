/* A short sorted list of the best names offered so far. */
#include "tools/modld/nearest.h"

#include <string.h>

#include "lib/format.h"
#include "lib/text.h"

#define LIMIT_MAX 4

void nearest_open(struct nearest *nearest, const char *wanted)
{
    /* A third of a name may be wrong; beyond that, almost any short name would be "near". */
    unsigned limit = (unsigned)(strlen(wanted) + 2) / 3;
    *nearest = (struct nearest){
        .wanted = wanted,
        .limit = limit < LIMIT_MAX ? limit : LIMIT_MAX,
    };
}

void nearest_offer(struct nearest *nearest, const char *name)
{
    unsigned distance = text_distance(nearest->wanted, name, nearest->limit);
    if (distance == 0 || distance > nearest->limit)
        return;

    size_t place = nearest->count;
    while (place > 0 && nearest->best[place - 1].distance > distance)
        place--;
    if (place == NEAREST_MAX)
        return;
    if (nearest->count < NEAREST_MAX)
        nearest->count++;
    memmove(&nearest->best[place + 1], &nearest->best[place],
            (nearest->count - 1 - place) * sizeof(nearest->best[0]));
    nearest->best[place].name = name;
    nearest->best[place].distance = distance;
}

void nearest_format(const struct nearest *nearest, char text[NEAREST_TEXT_MAX])
{
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < nearest->count && used < NEAREST_TEXT_MAX; i++)
        used += format_text(text + used, NEAREST_TEXT_MAX - used, "%s%s",
                            i == 0 ? "; nearest: " : ", ", nearest->best[i].name);
}
