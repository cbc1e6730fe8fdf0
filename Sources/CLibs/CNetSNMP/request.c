// Writes requests of version 1 and 2c from the back into one buffer: the library would allocate a kilobyte a name.
#include "internal.h"

enum { ROOM = 65536, NAME_MAX_SIZE = 5 * MAX_OID_LEN + 16, HEAD_MAX_SIZE = 64 };

typedef struct {
    uint8_t *at;  // the first octet written
    const uint8_t *start;
} back_writer;

static void put(back_writer *writer, uint8_t octet) { *--writer->at = octet; }

// Length and tag of what was written since `end` was the first octet.
static void put_head(back_writer *writer, uint8_t tag, const uint8_t *end) {
    size_t length = (size_t)(end - writer->at);
    if (length < 0x80) {
        put(writer, (uint8_t)length);
    } else {
        uint8_t size = 0;
        for (size_t rest = length; rest > 0; rest >>= 8, size++) put(writer, (uint8_t)rest);
        put(writer, 0x80 | size);
    }
    put(writer, tag);
}

static void put_number(back_writer *writer, int32_t number) {
    const uint8_t *end = writer->at;
    int32_t rest = number;
    do {
        put(writer, (uint8_t)rest);
        rest >>= 8;  // arithmetic: signs stay
    } while (!((rest == 0 && !(*writer->at & 0x80)) || (rest == -1 && (*writer->at & 0x80))));
    put_head(writer, 0x02, end);
}

static void put_arc(back_writer *writer, uint64_t arc) {
    put(writer, arc & 0x7f);
    for (arc >>= 7; arc > 0; arc >>= 7) put(writer, 0x80 | (arc & 0x7f));
}

static void put_row(back_writer *writer, const uint32_t *arcs, size_t count) {
    const uint8_t *row_end = writer->at;
    put(writer, 0);
    put(writer, 0x05);
    const uint8_t *name_end = writer->at;
    for (size_t i = count; i > 2; i--) put_arc(writer, arcs[i - 1]);
    put_arc(writer, arcs[0] * UINT64_C(40) + (count > 1 ? arcs[1] : 0));
    put_head(writer, 0x06, name_end);
    put_head(writer, 0x30, row_end);
}

int request_write(const flotilla_snmp_session *session, const plain_request *request, const uint8_t **message, size_t *size) {
    static uint8_t buffer[ROOM];
    back_writer writer = {buffer + ROOM, buffer};
    const uint8_t *end = writer.at;
    const uint32_t *name = request->arcs;
    for (size_t i = 0; i < request->count; i++) name += request->lengths[i];
    for (size_t i = request->count; i > 0; i--) {
        uint32_t length = request->lengths[i - 1];
        name -= length;
        if (length == 0 || length > MAX_OID_LEN || writer.at - writer.start < NAME_MAX_SIZE) return 0;
        put_row(&writer, name, length);
    }
    if ((size_t)(writer.at - writer.start) < HEAD_MAX_SIZE + session->community_count) return 0;
    put_head(&writer, 0x30, end);
    int is_bulk = request->operation == FLOTILLA_SNMP_GET_BULK;
    put_number(&writer, is_bulk ? request->repetitions : 0);
    put_number(&writer, 0);
    put_number(&writer, request->id);
    put_head(&writer, is_bulk ? SNMP_MSG_GETBULK : request->operation == FLOTILLA_SNMP_GET ? SNMP_MSG_GET : SNMP_MSG_GETNEXT, end);
    const uint8_t *community_end = writer.at;
    for (size_t i = session->community_count; i > 0; i--) put(&writer, session->community[i - 1]);
    put_head(&writer, 0x04, community_end);
    put_number(&writer, (int32_t)session->version);
    put_head(&writer, 0x30, end);
    *message = writer.at;
    *size = (size_t)(end - writer.at);
    return 1;
}
