// What the files of the shim share; not part of its face.
#ifndef FLOTILLA_CNETSNMP_INTERNAL_H
#define FLOTILLA_CNETSNMP_INTERNAL_H

#include "include/CNetSNMP.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

/// What only a session of version 3 has.
typedef struct {
    int named;  // `flotilla_snmp_identify` was called
    int level;
    char name[FLOTILLA_SNMP_NAME_MAX + 1];
    char *context_name;
    int authentication;  // numbers of the library
    int privacy;
    uint8_t authentication_key[FLOTILLA_SNMP_KEY_MAX];
    size_t authentication_key_count;
    uint8_t privacy_key[FLOTILLA_SNMP_KEY_MAX];
    size_t privacy_key_count;
    uint8_t engine[FLOTILLA_SNMP_ENGINE_MAX];
    size_t engine_count;
    uint32_t boots;
    uint32_t time;
    int64_t heard_at;           // seconds of the monotonic clock
    struct usmUser *localised;  // bound to the engine; in the list of the library only while it works for us
} security;

struct flotilla_snmp_session {
    int descriptor;
    long version;
    int32_t waiting;  // request id, 0 for none
    uint8_t *community;
    size_t community_count;
    security *security;  // version 3 only
};

// MARK: A view of octets, read from the front

typedef struct {
    const uint8_t *at;
    const uint8_t *end;
} octets_view;

/// Takes one element off: its tag and content. 0 when the octets end before it does.
int view_element(octets_view *view, uint8_t *tag, octets_view *content);
/// Takes a whole number of at most eight octets.
int view_number(octets_view *view, int64_t *number);
/// Takes an element that must have this tag.
int view_tagged(octets_view *view, uint8_t tag, octets_view *content);

// MARK: Page

/// One PDU as far as its rows.
typedef struct {
    uint8_t command;
    int64_t request_id;
    int64_t error_status;
    int64_t error_index;
    octets_view rows;
} message_pdu;

/// Reads the head of a PDU; the rows stay unread.
int message_read_pdu(octets_view *view, message_pdu *pdu);
/// Reads the rows into the arrays that all sessions share; the page points into them. 0 when they are malformed.
int page_fill(const message_pdu *pdu, flotilla_snmp_page *page);

// MARK: Request

/// A request of version 1 or 2c.
typedef struct {
    int32_t operation;
    int32_t repetitions;
    int32_t id;
    const uint32_t *arcs;
    const uint32_t *lengths;
    size_t count;
} plain_request;

/// Spells a request; the message lies in a buffer of its own until the next call. 0 when it does not fit.
int request_write(const flotilla_snmp_session *session, const plain_request *request, const uint8_t **message, size_t *size);

// MARK: Security

void security_start(void);
void security_free(security *security);
/// Fills what a request of version 3 needs; 0 when memory ran out.
int security_dress(const security *security, netsnmp_pdu *pdu);
/// Makes user and clock known to the library for the time of one call.
void security_enter(const security *security);
void security_leave(const security *security);
/// Reads a datagram of version 3.
int security_read(flotilla_snmp_session *session, uint8_t *datagram, size_t count, flotilla_snmp_page *page);
/// Builds a message of version 3 by the library and sends it; the PDU stays the caller's.
int32_t session_transmit(flotilla_snmp_session *session, netsnmp_pdu *pdu, int32_t *request_id, int32_t *system_error);

#endif
