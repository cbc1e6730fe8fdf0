// Reads BER strictly within its bounds and leniently in its spelling, as the library does: real devices send integers of
// five octets and lengths with leading zeros. Rows go into three arrays that only grow; nothing is allocated per row.
#include "internal.h"

#include <string.h>

enum {
    TAG_INTEGER = 0x02,
    TAG_BITS = 0x03,
    TAG_OCTETS = 0x04,
    TAG_NULL = 0x05,
    TAG_OID = 0x06,
    TAG_SEQUENCE = 0x30,
    TAG_ADDRESS = 0x40,
    TAG_COUNTER32 = 0x41,
    TAG_GAUGE = 0x42,
    TAG_TICKS = 0x43,
    TAG_OPAQUE = 0x44,
    TAG_NSAP = 0x45,
    TAG_COUNTER64 = 0x46,
    TAG_UNSIGNED = 0x47,
    TAG_NO_SUCH_OBJECT = 0x80,
    TAG_NO_SUCH_INSTANCE = 0x81,
    TAG_END_OF_VIEW = 0x82,
};

// MARK: Elements

int view_element(octets_view *view, uint8_t *tag, octets_view *content) {
    const uint8_t *at = view->at;
    size_t left = (size_t)(view->end - at);
    if (left < 2) return 0;
    *tag = at[0];
    if ((*tag & 0x1f) == 0x1f) return 0;  // a tag of several octets: SNMP has none outside opaque values
    size_t length = at[1];
    at += 2;
    left -= 2;
    if (length >= 0x80) {
        size_t size = length & 0x7f;
        if (size == 0 || size > 8 || size > left) return 0;  // 0 would be the indefinite form
        length = 0;
        for (size_t i = 0; i < size; i++) {
            if (length >> 32) return 0;
            length = length << 8 | at[i];
        }
        at += size;
        left -= size;
    }
    if (length > left) return 0;
    content->at = at;
    content->end = at + length;
    view->at = at + length;
    return 1;
}

int view_tagged(octets_view *view, uint8_t tag, octets_view *content) {
    uint8_t found;
    return view_element(view, &found, content) && found == tag;
}

static int signed_number(const octets_view *content, int64_t *number) {
    size_t count = (size_t)(content->end - content->at);
    if (count == 0 || count > 8) return 0;
    uint64_t bits = content->at[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < count; i++) bits = bits << 8 | content->at[i];
    *number = (int64_t)bits;
    return 1;
}

// A negative number is what some devices send for a large one.
static int unsigned_number(const octets_view *content, uint64_t *number) {
    size_t count = (size_t)(content->end - content->at);
    if (count == 0 || count > 9 || (count == 9 && content->at[0] != 0)) return 0;
    uint64_t bits = content->at[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < count; i++) bits = bits << 8 | content->at[i];
    *number = bits;
    return 1;
}

int view_number(octets_view *view, int64_t *number) {
    octets_view content;
    return view_tagged(view, TAG_INTEGER, &content) && signed_number(&content, number);
}

// MARK: Arrays that only grow, shared by all sessions of the one thread

static uint32_t *arcs;
static size_t arcs_count, arcs_room;
static uint8_t *octets;
static size_t octets_count, octets_room;
static flotilla_snmp_varbind *varbinds;
static size_t varbinds_count, varbinds_room;

static int make_room(void **array, size_t *room, size_t needed, size_t size) {
    if (needed <= *room) return 1;
    size_t wanted = *room ? *room : 1024;
    while (wanted < needed) wanted *= 2;
    void *grown = realloc(*array, wanted * size);
    if (!grown) return 0;
    *array = grown;
    *room = wanted;
    return 1;
}

static int add_octets(const void *from, size_t count) {
    if (count == 0) return 1;
    if (!make_room((void **)&octets, &octets_room, octets_count + count, 1)) return 0;
    memcpy(octets + octets_count, from, count);
    octets_count += count;
    return 1;
}

static int add_number(uint64_t number) {
    uint8_t spelled[8];
    for (int i = 0; i < 8; i++) spelled[i] = (uint8_t)(number >> (8 * i));
    return add_octets(spelled, sizeof spelled);
}

// MARK: Names

// Into at most MAX_OID_LEN arcs. An empty name is 0.0, as the library reads it.
static int read_arcs(const octets_view *content, uint32_t *into, size_t *count) {
    const uint8_t *at = content->at;
    size_t made = 0;
    if (at == content->end) {
        into[0] = into[1] = 0;
        *count = 2;
        return 1;
    }
    while (at < content->end) {
        uint64_t arc = 0;
        for (;;) {
            if (at == content->end) return 0;
            uint8_t octet = *at++;
            arc = arc << 7 | (octet & 0x7f);
            if (arc > (made == 0 ? UINT64_C(0xffffffff) + 80 : UINT64_C(0xffffffff))) return 0;
            if (octet < 0x80) break;
        }
        if (made == 0) {
            uint32_t first = arc < 40 ? 0 : arc < 80 ? 1 : 2;
            into[made++] = first;
            arc -= first * UINT64_C(40);
        }
        if (made == MAX_OID_LEN) return 0;
        into[made++] = (uint32_t)arc;
    }
    *count = made;
    return 1;
}

static int add_name(const octets_view *content, flotilla_snmp_varbind *entry) {
    if (!make_room((void **)&arcs, &arcs_room, arcs_count + MAX_OID_LEN, sizeof *arcs)) return 0;
    size_t count;
    if (!read_arcs(content, arcs + arcs_count, &count)) return 0;
    entry->name_start = (uint32_t)arcs_count;
    entry->name_count = (uint32_t)count;
    arcs_count += count;
    return 1;
}

static int add_value_arcs(const octets_view *content) {
    uint32_t read[MAX_OID_LEN];
    size_t count;
    if (!read_arcs(content, read, &count)) return 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t spelled[4] = {(uint8_t)read[i], (uint8_t)(read[i] >> 8), (uint8_t)(read[i] >> 16), (uint8_t)(read[i] >> 24)};
        if (!add_octets(spelled, sizeof spelled)) return 0;
    }
    return 1;
}

// MARK: Values

// A number inside an opaque value: tag of two octets, length, number (draft-perkins-opaque-01).
static uint32_t add_opaque(const octets_view *content) {
    const uint8_t *at = content->at;
    size_t count = (size_t)(content->end - at);
    if (count > 3 && at[0] == 0x9f && at[2] == count - 3) {
        octets_view inner = {at + 3, content->end};
        uint64_t bits = 0;
        int64_t number;
        if (at[1] == 0x78 && count == 7) {
            for (size_t i = 0; i < 4; i++) bits = bits << 8 | inner.at[i];
            return add_number(bits) ? FLOTILLA_SNMP_FLOAT : 0;
        }
        if (at[1] == 0x79 && count == 11) {
            for (size_t i = 0; i < 8; i++) bits = bits << 8 | inner.at[i];
            return add_number(bits) ? FLOTILLA_SNMP_DOUBLE : 0;
        }
        if ((at[1] == 0x76 || at[1] == 0x7b) && unsigned_number(&inner, &bits)) return add_number(bits) ? FLOTILLA_SNMP_COUNTER64 : 0;
        if (at[1] == 0x7a && signed_number(&inner, &number)) return add_number((uint64_t)number) ? FLOTILLA_SNMP_COUNTER64 : 0;
    }
    return add_octets(at, count) ? FLOTILLA_SNMP_OPAQUE : 0;
}

// Returns the type, or 0 for what is no value.
static uint32_t add_value(uint8_t tag, const octets_view *content) {
    int64_t number;
    uint64_t large;
    size_t count = (size_t)(content->end - content->at);
    switch (tag) {
    case TAG_INTEGER:
        if (!signed_number(content, &number)) return 0;
        return add_number((uint64_t)(int64_t)(int32_t)number) ? FLOTILLA_SNMP_INTEGER : 0;
    case TAG_GAUGE:
    case TAG_UNSIGNED:
        if (!unsigned_number(content, &large)) return 0;
        return add_number((uint32_t)large) ? FLOTILLA_SNMP_GAUGE : 0;
    case TAG_COUNTER32:
        if (!unsigned_number(content, &large)) return 0;
        return add_number((uint32_t)large) ? FLOTILLA_SNMP_COUNTER32 : 0;
    case TAG_TICKS:
        if (!unsigned_number(content, &large)) return 0;
        return add_number((uint32_t)large) ? FLOTILLA_SNMP_TICKS : 0;
    case TAG_COUNTER64:
        if (!unsigned_number(content, &large)) return 0;
        return add_number(large) ? FLOTILLA_SNMP_COUNTER64 : 0;
    case TAG_OCTETS:
    case TAG_BITS:
        return add_octets(content->at, count) ? FLOTILLA_SNMP_OCTETS : 0;
    case TAG_OID:
        return add_value_arcs(content) ? FLOTILLA_SNMP_OID : 0;
    case TAG_ADDRESS:
        return add_octets(content->at, count) ? FLOTILLA_SNMP_ADDRESS : 0;
    case TAG_OPAQUE:
        return add_opaque(content);
    case TAG_NSAP:
        return add_octets(content->at, count) ? FLOTILLA_SNMP_OPAQUE : 0;
    case TAG_NULL:
        return FLOTILLA_SNMP_NULL;
    case TAG_NO_SUCH_OBJECT:
        return FLOTILLA_SNMP_NO_SUCH_OBJECT;
    case TAG_NO_SUCH_INSTANCE:
        return FLOTILLA_SNMP_NO_SUCH_INSTANCE;
    case TAG_END_OF_VIEW:
        return FLOTILLA_SNMP_END_OF_VIEW;
    default:
        return 0;
    }
}

// MARK: PDU

int message_read_pdu(octets_view *view, message_pdu *pdu) {
    octets_view content;
    if (!view_element(view, &pdu->command, &content)) return 0;
    return view_number(&content, &pdu->request_id) && view_number(&content, &pdu->error_status) && view_number(&content, &pdu->error_index)
        && view_tagged(&content, TAG_SEQUENCE, &pdu->rows);
}

int page_fill(const message_pdu *pdu, flotilla_snmp_page *page) {
    arcs_count = octets_count = varbinds_count = 0;
    octets_view rows = pdu->rows;
    while (rows.at < rows.end) {
        octets_view row, name, value;
        uint8_t tag;
        if (!view_tagged(&rows, TAG_SEQUENCE, &row) || !view_tagged(&row, TAG_OID, &name) || !view_element(&row, &tag, &value)) return 0;
        if (!make_room((void **)&varbinds, &varbinds_room, varbinds_count + 1, sizeof *varbinds)) return 0;
        flotilla_snmp_varbind *entry = &varbinds[varbinds_count++];
        if (!add_name(&name, entry)) return 0;
        entry->value_start = (uint32_t)octets_count;
        entry->type = add_value(tag, &value);
        if (entry->type == 0) return 0;
        entry->value_count = (uint32_t)octets_count - entry->value_start;
    }
    page->error_status = (int32_t)pdu->error_status;
    page->error_index = (int32_t)pdu->error_index;
    page->arcs = arcs;
    page->arc_count = arcs_count;
    page->octets = octets;
    page->octet_count = octets_count;
    page->varbinds = varbinds;
    page->varbind_count = varbinds_count;
    return 1;
}
