#include <stdlib.h>
#include <string.h>

#include "internal.h"

// Makes room for `more` bytes behind the end; the caller moves the end.
uint8_t *buffer_grow(buffer *b, size_t more) {
    if (b->capacity - b->count < more) {
        size_t capacity = b->capacity == 0 ? 4096 : b->capacity;
        while (capacity - b->count < more) capacity *= 2;
        uint8_t *bytes = realloc(b->bytes, capacity);
        if (bytes == NULL) abort();
        b->bytes = bytes;
        b->capacity = capacity;
    }
    return b->bytes + b->count;
}

void buffer_append(buffer *b, const void *bytes, size_t count) {
    if (count == 0) return;
    memcpy(buffer_grow(b, count), bytes, count);
    b->count += count;
}

void buffer_free(buffer *b) {
    free(b->bytes);
    *b = (buffer){0};
}
