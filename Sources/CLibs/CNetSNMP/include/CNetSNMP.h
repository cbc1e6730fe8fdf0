// A narrow face over net-snmp 5.9. No vendor header is visible here: theirs give `fd_set` a second shape.
//
// The library takes no locks: every function below but `flotilla_snmp_master_key` is called on one thread of the process
// at a time. The thread that opens the first session owns the library until the last session is closed; another one gets
// FLOTILLA_SNMP_OTHER_THREAD.
//
// Of the library we use what builds, checks and decrypts messages of version 3, and its keys. Sockets, pending requests, the
// plain messages of version 1 and 2c and the reading of rows are ours: its own sessions send by themselves (discovery, a second
// try on notInTimeWindows), which no lease allows, its users and engine clocks are lists of the whole process that are
// searched from the front, and it allocates for each row.
#ifndef FLOTILLA_CNETSNMP_H
#define FLOTILLA_CNETSNMP_H

#include <stddef.h>
#include <stdint.h>

/// One device: a UDP socket, a version, and a community or a user.
typedef struct flotilla_snmp_session flotilla_snmp_session;

enum flotilla_snmp_version { FLOTILLA_SNMP_V1 = 0, FLOTILLA_SNMP_V2C = 1, FLOTILLA_SNMP_V3 = 3 };

enum flotilla_snmp_operation { FLOTILLA_SNMP_GET = 0, FLOTILLA_SNMP_GET_NEXT = 1, FLOTILLA_SNMP_GET_BULK = 2 };

/// Results of opening and sending.
enum flotilla_snmp_status {
    FLOTILLA_SNMP_OK = 0,
    FLOTILLA_SNMP_BAD_ADDRESS = 1,   ///< not a numeric IPv4 or IPv6 address
    FLOTILLA_SNMP_NO_SOCKET = 2,     ///< the system gave no socket: see `system_error`
    FLOTILLA_SNMP_OTHER_THREAD = 3,  ///< another thread owns the library
    FLOTILLA_SNMP_TOO_LONG = 4,      ///< the request does not fit into one message
    FLOTILLA_SNMP_NOT_SENT = 5,      ///< the socket refused: see `system_error`
    FLOTILLA_SNMP_NO_MEMORY = 6,
    FLOTILLA_SNMP_BAD_USER = 7,      ///< keys of a wrong length, or a protocol that the library does not have
    FLOTILLA_SNMP_NO_ENGINE = 8,     ///< version 3 before the engine is known: probe first
};

/// What one datagram was.
enum flotilla_snmp_reading {
    FLOTILLA_SNMP_NOTHING = 0,      ///< nothing to read after all
    FLOTILLA_SNMP_ANSWER = 1,       ///< the answer to the request that waits
    FLOTILLA_SNMP_STRAY = 2,        ///< a well-formed answer to another request; `request_id` tells which
    FLOTILLA_SNMP_MALFORMED = 3,    ///< not a message of this version, or not a response
    FLOTILLA_SNMP_UNREACHABLE = 4,  ///< the network reported an error; `system_error` is its errno
    FLOTILLA_SNMP_REPORT = 5,       ///< the device refused the request that waits: see `reason`
    FLOTILLA_SNMP_UNTRUSTED = 6,    ///< it has the id of the request that waits but does not pass: see `reason`
};

/// Why a message of version 3 was refused, by the device or by us.
enum flotilla_snmp_reason {
    FLOTILLA_SNMP_REASON_NONE = 0,
    FLOTILLA_SNMP_REASON_LEVEL = 1,        ///< the user may not use this security level; an answer: less secure than asked
    FLOTILLA_SNMP_REASON_CLOCK = 2,        ///< outside the time window; the clock of the report was taken over if it was signed
    FLOTILLA_SNMP_REASON_USER = 3,         ///< no such user; an answer: from another user or engine
    FLOTILLA_SNMP_REASON_ENGINE = 4,       ///< another engine than was named; the one in the report was taken over
    FLOTILLA_SNMP_REASON_DIGEST = 5,       ///< wrong passphrase or protocol of authentication
    FLOTILLA_SNMP_REASON_DECRYPTION = 6,   ///< wrong passphrase or protocol of privacy
    FLOTILLA_SNMP_REASON_CONTEXT = 7,      ///< no such context
    FLOTILLA_SNMP_REASON_OTHER = 8,
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
    FLOTILLA_SNMP_ADDRESS,     ///< four octets, where the device keeps to the standard
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
    int32_t reason;
} flotilla_snmp_page;

// MARK: Version 3

enum flotilla_snmp_authentication {
    FLOTILLA_SNMP_AUTH_NONE = 0,
    FLOTILLA_SNMP_AUTH_MD5,
    FLOTILLA_SNMP_AUTH_SHA1,
    FLOTILLA_SNMP_AUTH_SHA224,
    FLOTILLA_SNMP_AUTH_SHA256,
    FLOTILLA_SNMP_AUTH_SHA384,
    FLOTILLA_SNMP_AUTH_SHA512,
};

enum flotilla_snmp_privacy {
    FLOTILLA_SNMP_PRIV_NONE = 0,
    FLOTILLA_SNMP_PRIV_DES,
    FLOTILLA_SNMP_PRIV_AES128,
    FLOTILLA_SNMP_PRIV_AES192,        ///< key extended after Blumenthal's draft
    FLOTILLA_SNMP_PRIV_AES256,
    FLOTILLA_SNMP_PRIV_AES192_CISCO,  ///< key extended after Reeder's draft
    FLOTILLA_SNMP_PRIV_AES256_CISCO,
};

enum { FLOTILLA_SNMP_KEY_MAX = 64, FLOTILLA_SNMP_ENGINE_MAX = 32, FLOTILLA_SNMP_NAME_MAX = 32 };

/// Who asks. Keys are master keys (Ku of RFC 3414, A.2), not yet bound to an engine; empty below their level.
typedef struct {
    const char *name;          ///< ends with NUL, 1 to 32 octets
    const char *context_name;  ///< ends with NUL; mostly empty
    int32_t authentication;
    int32_t privacy;
    const uint8_t *authentication_key;
    size_t authentication_key_count;
    const uint8_t *privacy_key;
    size_t privacy_key_count;
} flotilla_snmp_user;

/// What is known of the engine of a device; `id_count` is 0 before it was probed.
typedef struct {
    uint8_t id[FLOTILLA_SNMP_ENGINE_MAX];
    uint32_t id_count;
    uint32_t boots;
    uint32_t time;   ///< seconds since its last boot, when it was heard last
    uint32_t age;    ///< seconds since then
} flotilla_snmp_engine;

/// Derives a master key from a passphrase: some milliseconds. Any thread.
/// Returns the length of the key, 0 when the passphrase is shorter than 8 octets or the protocol is not there.
size_t flotilla_snmp_master_key(int32_t authentication, const uint8_t *passphrase, size_t count, uint8_t key[FLOTILLA_SNMP_KEY_MAX]);

/// Says who asks; before the first send of a session of version 3. Everything is copied.
int32_t flotilla_snmp_identify(flotilla_snmp_session *session, const flotilla_snmp_user *user);

/// Tells what was learned about the engine in an earlier session.
int32_t flotilla_snmp_recall(flotilla_snmp_session *session, const flotilla_snmp_engine *engine);

/// What is known about the engine now.
void flotilla_snmp_engine_of(const flotilla_snmp_session *session, flotilla_snmp_engine *engine);

/// Forgets the engine: the next thing to send is a probe.
void flotilla_snmp_forget_engine(flotilla_snmp_session *session);

/// Asks for the engine (RFC 3414, section 4); the answer is a report with FLOTILLA_SNMP_REASON_ENGINE.
int32_t flotilla_snmp_probe(flotilla_snmp_session *session, int32_t *request_id, int32_t *system_error);

// MARK: Sessions

/// Opens a session; the socket is connected, so datagrams from other addresses never arrive.
///
/// The first call starts the library without MIBs, configuration files or stored state.
/// `address` is numeric; `community` may hold any octets and is copied; version 3 has none.
int32_t flotilla_snmp_open(const char *address, uint16_t port, int32_t version, const uint8_t *community, size_t community_count,
                           flotilla_snmp_session **session, int32_t *system_error);

/// Closes the socket and forgets what was pending; the pointer is gone afterwards.
void flotilla_snmp_close(flotilla_snmp_session *session);

/// The descriptor to watch for readability.
int32_t flotilla_snmp_descriptor(const flotilla_snmp_session *session);

/// Sends one request and makes it the one that waits.
///
/// Names lie one after another in `arcs`; `lengths` has the number of arcs of each. Nothing is ever sent a second time.
int32_t flotilla_snmp_send(flotilla_snmp_session *session, int32_t operation, int32_t repetitions, const uint32_t *arcs,
                           const uint32_t *lengths, size_t count, int32_t *request_id, int32_t *system_error);

/// Reads at most one datagram.
int32_t flotilla_snmp_read(flotilla_snmp_session *session, flotilla_snmp_page *page);

/// The request that waits no longer does: its answer becomes a stray.
void flotilla_snmp_give_up(flotilla_snmp_session *session);

#endif
