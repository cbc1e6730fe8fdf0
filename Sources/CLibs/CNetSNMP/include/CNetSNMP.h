// A narrow face over net-snmp 5.9. No vendor header is visible here: theirs give `fd_set` a second shape.
//
// The library takes no locks: every function below is called on one thread of the process at a time. The thread that
// opens the first session owns the library until the last session is closed; another one gets FLOTILLA_SNMP_OTHER_THREAD.
#ifndef FLOTILLA_CNETSNMP_H
#define FLOTILLA_CNETSNMP_H

#include <stddef.h>
#include <stdint.h>

/// One device: a UDP socket, a version and a community.
typedef struct flotilla_snmp_session flotilla_snmp_session;

enum flotilla_snmp_version { FLOTILLA_SNMP_V1 = 0, FLOTILLA_SNMP_V2C = 1 };

enum flotilla_snmp_operation { FLOTILLA_SNMP_GET = 0, FLOTILLA_SNMP_GET_NEXT = 1, FLOTILLA_SNMP_GET_BULK = 2 };

/// Results of opening and sending; negative values are the library's own codes.
enum flotilla_snmp_status {
    FLOTILLA_SNMP_OK = 0,
    FLOTILLA_SNMP_BAD_ADDRESS = 1,   ///< not a numeric IPv4 or IPv6 address
    FLOTILLA_SNMP_NO_SOCKET = 2,     ///< the system gave no socket: see `system_error`
    FLOTILLA_SNMP_OTHER_THREAD = 3,  ///< another thread owns the library
    FLOTILLA_SNMP_TOO_LONG = 4,      ///< the request does not fit into one message
    FLOTILLA_SNMP_NOT_SENT = 5,      ///< the socket refused: see `system_error`
    FLOTILLA_SNMP_NO_MEMORY = 6,
};

/// What one datagram was.
enum flotilla_snmp_reading {
    FLOTILLA_SNMP_NOTHING = 0,      ///< nothing to read after all
    FLOTILLA_SNMP_ANSWER = 1,       ///< the answer to the request that waits
    FLOTILLA_SNMP_STRAY = 2,        ///< a well-formed answer to another request; `request_id` tells which
    FLOTILLA_SNMP_MALFORMED = 3,    ///< not a message of this version, or not a response
    FLOTILLA_SNMP_UNREACHABLE = 4,  ///< the network reported an error; `system_error` is its errno
};

/// How the octets of a value are to be read. Numbers are eight octets, least significant first, signs extended.
enum flotilla_snmp_type {
    FLOTILLA_SNMP_INTEGER = 1,
    FLOTILLA_SNMP_GAUGE,
    FLOTILLA_SNMP_COUNTER32,
    FLOTILLA_SNMP_COUNTER64,
    FLOTILLA_SNMP_TICKS,
    FLOTILLA_SNMP_OCTETS,
    FLOTILLA_SNMP_OID,         ///< four octets an arc, least significant first
    FLOTILLA_SNMP_ADDRESS,     ///< four octets
    FLOTILLA_SNMP_FLOAT,       ///< IEEE 754 single in the low four of eight octets
    FLOTILLA_SNMP_DOUBLE,      ///< IEEE 754 double
    FLOTILLA_SNMP_OPAQUE,
    FLOTILLA_SNMP_NULL,
    FLOTILLA_SNMP_NO_SUCH_OBJECT,
    FLOTILLA_SNMP_NO_SUCH_INSTANCE,
    FLOTILLA_SNMP_END_OF_VIEW,
};

/// One name and value as ranges into the two arrays of a page.
typedef struct {
    uint32_t name_start;
    uint32_t name_count;
    uint32_t value_start;
    uint32_t value_count;
    uint32_t type;
} flotilla_snmp_varbind;

/// Everything one datagram said. The pointers are valid until the next call of any function of this header.
typedef struct {
    const uint32_t *arcs;
    size_t arc_count;
    const uint8_t *octets;
    size_t octet_count;
    const flotilla_snmp_varbind *varbinds;
    size_t varbind_count;
    int32_t request_id;
    int32_t error_status;
    int32_t error_index;
    int32_t system_error;
} flotilla_snmp_page;

/// Opens a session; the socket is connected, so datagrams from other addresses never arrive.
///
/// The first call starts the library without MIBs, configuration files or stored state.
/// `address` is numeric; `community` may hold any octets and is copied.
int32_t flotilla_snmp_open(const char *address, uint16_t port, int32_t version, const uint8_t *community, size_t community_count,
                           flotilla_snmp_session **session, int32_t *system_error);

/// Closes the socket and forgets what was pending; the pointer is gone afterwards.
void flotilla_snmp_close(flotilla_snmp_session *session);

/// The descriptor to watch for readability.
int32_t flotilla_snmp_descriptor(const flotilla_snmp_session *session);

/// Sends one request and makes it the one that waits.
///
/// Names lie one after another in `arcs`; `lengths` has the number of arcs of each. `timeout_us` is when the library may
/// drop its own record of the request: it never sends a second time.
int32_t flotilla_snmp_send(flotilla_snmp_session *session, int32_t operation, int32_t repetitions, const uint32_t *arcs,
                           const uint32_t *lengths, size_t count, int64_t timeout_us, int32_t *request_id, int32_t *system_error);

/// Reads at most one datagram.
int32_t flotilla_snmp_read(flotilla_snmp_session *session, flotilla_snmp_page *page);

/// The request that waits no longer does: its answer becomes a stray.
void flotilla_snmp_give_up(flotilla_snmp_session *session);

#endif
