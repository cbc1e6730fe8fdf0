// Version 3. The library has one list of users and one of engine clocks for the whole process; both are empty here but
// during a call: what a session knows is put in before and taken out after. So no user outlives its passphrase, two devices
// may show one engine, and nothing is searched among ten thousand.
#include "internal.h"

#include <net-snmp/library/lcd_time.h>
#include <net-snmp/library/scapi.h>
#include <net-snmp/library/snmpusm.h>
#include <net-snmp/library/snmpv3.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef NETSNMP_DRAFT_BLUMENTHAL_AES_04
#error "written for a net-snmp with AES-192 and AES-256"
#endif

enum { LEVEL_MASK = 0x03, TIME_MAX = 2147483647, MODEL_USM = 3 };

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return time.tv_sec;
}

// What `init_snmpv3` and its callbacks do, without configuration files: the security model, random salts, the user without a
// name for probes, and an engine id of our own, which the check of times asks for. The callbacks come before the transports
// are made: that of TLS would load certificates.
void security_start(void) {
    netsnmp_session first;
    netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_APPTYPE, "flotilla");  // names no file: none is read
    init_secmod();
    snmp_call_callbacks(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_POST_PREMIB_READ_CONFIG, NULL);
    snmp_sess_init(&first);
    setup_engineID(NULL, NULL);
}

// MARK: Keys

static int authentication_of(int32_t ours) {
    switch (ours) {
    case FLOTILLA_SNMP_AUTH_MD5: return NETSNMP_USMAUTH_HMACMD5;
    case FLOTILLA_SNMP_AUTH_SHA1: return NETSNMP_USMAUTH_HMACSHA1;
    case FLOTILLA_SNMP_AUTH_SHA224: return NETSNMP_USMAUTH_HMAC128SHA224;
    case FLOTILLA_SNMP_AUTH_SHA256: return NETSNMP_USMAUTH_HMAC192SHA256;
    case FLOTILLA_SNMP_AUTH_SHA384: return NETSNMP_USMAUTH_HMAC256SHA384;
    case FLOTILLA_SNMP_AUTH_SHA512: return NETSNMP_USMAUTH_HMAC384SHA512;
    default: return NETSNMP_USMAUTH_NOAUTH;
    }
}

static int privacy_of(int32_t ours) {
    switch (ours) {
    case FLOTILLA_SNMP_PRIV_DES: return USM_CREATE_USER_PRIV_DES;
    case FLOTILLA_SNMP_PRIV_AES128: return USM_CREATE_USER_PRIV_AES;
    case FLOTILLA_SNMP_PRIV_AES192: return USM_CREATE_USER_PRIV_AES192;
    case FLOTILLA_SNMP_PRIV_AES256: return USM_CREATE_USER_PRIV_AES256;
    case FLOTILLA_SNMP_PRIV_AES192_CISCO: return USM_CREATE_USER_PRIV_AES192_CISCO;
    case FLOTILLA_SNMP_PRIV_AES256_CISCO: return USM_CREATE_USER_PRIV_AES256_CISCO;
    default: return USM_CREATE_USER_PRIV_NONE;
    }
}

size_t flotilla_snmp_master_key(int32_t authentication, const uint8_t *passphrase, size_t count, uint8_t key[FLOTILLA_SNMP_KEY_MAX]) {
    size_t protocol_count, made = FLOTILLA_SNMP_KEY_MAX;
    if (count < 8 || authentication == FLOTILLA_SNMP_AUTH_NONE) return 0;
    oid *protocol = sc_get_auth_oid(authentication_of(authentication), &protocol_count);
    if (!protocol || generate_Ku(protocol, (u_int)protocol_count, passphrase, count, key, &made) != SNMPERR_SUCCESS) return 0;
    return made;
}

void security_free(security *security) {
    if (!security) return;
    if (security->localised) usm_free_user(security->localised);
    free(security->context_name);
    explicit_bzero(security, sizeof *security);
    free(security);
}

static int copy_key(uint8_t *into, size_t *into_count, const uint8_t *key, size_t count) {
    if (count == 0 || count > FLOTILLA_SNMP_KEY_MAX) return 0;
    memcpy(into, key, count);
    *into_count = count;
    return 1;
}

int32_t flotilla_snmp_identify(flotilla_snmp_session *session, const flotilla_snmp_user *user) {
    security *own = session->security;
    size_t count = strlen(user->name);
    if (!own || own->named || count == 0 || count > FLOTILLA_SNMP_NAME_MAX) return FLOTILLA_SNMP_BAD_USER;
    own->authentication = authentication_of(user->authentication);
    own->privacy = privacy_of(user->privacy);
    own->level = SNMP_SEC_LEVEL_NOAUTH;
    if (own->authentication != NETSNMP_USMAUTH_NOAUTH) {
        own->level = SNMP_SEC_LEVEL_AUTHNOPRIV;
        if (!copy_key(own->authentication_key, &own->authentication_key_count, user->authentication_key, user->authentication_key_count))
            return FLOTILLA_SNMP_BAD_USER;
    }
    if (own->privacy != USM_CREATE_USER_PRIV_NONE) {
        if (own->level != SNMP_SEC_LEVEL_AUTHNOPRIV) return FLOTILLA_SNMP_BAD_USER;
        own->level = SNMP_SEC_LEVEL_AUTHPRIV;
        if (!copy_key(own->privacy_key, &own->privacy_key_count, user->privacy_key, user->privacy_key_count)) return FLOTILLA_SNMP_BAD_USER;
    }
    own->context_name = strdup(user->context_name);
    if (!own->context_name) return FLOTILLA_SNMP_NO_MEMORY;
    memcpy(own->name, user->name, count + 1);
    own->named = 1;
    return FLOTILLA_SNMP_OK;
}

static oid *duplicate(oid **old, size_t *old_count, const oid *fresh, size_t count) {
    free(*old);
    *old_count = count;
    return *old = fresh ? snmp_duplicate_objid(fresh, count) : NULL;
}

static int localise_keys(const security *own, struct usmUser *user) {
    size_t count;
    if (own->level == SNMP_SEC_LEVEL_NOAUTH) return 1;
    const oid *protocol = sc_get_auth_oid(own->authentication, &count);
    if (!duplicate(&user->authProtocol, &user->authProtocolLen, protocol, count)) return 0;
    user->authKeyLen = FLOTILLA_SNMP_KEY_MAX;
    user->authKey = calloc(1, user->authKeyLen);
    if (!user->authKey
        || generate_kul(user->authProtocol, (u_int)user->authProtocolLen, own->engine, own->engine_count, own->authentication_key,
                        own->authentication_key_count, user->authKey, &user->authKeyLen) != SNMPERR_SUCCESS)
        return 0;
    if (own->level == SNMP_SEC_LEVEL_AUTHNOPRIV) return 1;
    protocol = sc_get_priv_oid(own->privacy, &count);
    if (!duplicate(&user->privProtocol, &user->privProtocolLen, protocol, count)) return 0;
    user->privKeyLen = FLOTILLA_SNMP_KEY_MAX;
    user->privKey = calloc(1, user->privKeyLen);
    return user->privKey
        && generate_kul(user->authProtocol, (u_int)user->authProtocolLen, own->engine, own->engine_count, own->privacy_key,
                        own->privacy_key_count, user->privKey, &user->privKeyLen) == SNMPERR_SUCCESS
        && usm_extend_user_kul(user, FLOTILLA_SNMP_KEY_MAX) == SNMPERR_SUCCESS;
}

static struct usmUser *localise(const security *own) {
    struct usmUser *user = usm_create_user();
    if (!user) return NULL;
    user->engineID = netsnmp_memdup(own->engine, own->engine_count);
    user->engineIDLen = own->engine_count;
    user->name = strdup(own->name);
    user->secName = strdup(own->name);
    user->userStatus = RS_ACTIVE;
    if (user->engineID && user->name && user->secName && localise_keys(own, user)) return user;
    usm_free_user(user);
    return NULL;
}

// MARK: Engine

void flotilla_snmp_forget_engine(flotilla_snmp_session *session) {
    security *own = session->security;
    if (!own) return;
    if (own->localised) usm_free_user(own->localised);
    own->localised = NULL;
    own->engine_count = 0;
}

static void hear_clock(security *own, uint32_t boots, uint32_t time) {
    own->boots = boots;
    own->time = time;
    own->heard_at = now();
}

static int meet_engine(flotilla_snmp_session *session, const uint8_t *id, size_t count) {
    security *own = session->security;
    if (count == 0 || count > FLOTILLA_SNMP_ENGINE_MAX) return 0;
    if (own->localised && own->engine_count == count && memcmp(own->engine, id, count) == 0) return 1;
    flotilla_snmp_forget_engine(session);
    memcpy(own->engine, id, count);
    own->engine_count = count;
    own->localised = localise(own);
    if (own->localised) return 1;
    own->engine_count = 0;
    return 0;
}

int32_t flotilla_snmp_recall(flotilla_snmp_session *session, const flotilla_snmp_engine *engine) {
    if (!session->security || !session->security->named) return FLOTILLA_SNMP_BAD_USER;
    if (!meet_engine(session, engine->id, engine->id_count)) return FLOTILLA_SNMP_BAD_USER;
    hear_clock(session->security, engine->boots, engine->time);
    session->security->heard_at -= engine->age;
    return FLOTILLA_SNMP_OK;
}

void flotilla_snmp_engine_of(const flotilla_snmp_session *session, flotilla_snmp_engine *engine) {
    const security *own = session->security;
    memset(engine, 0, sizeof *engine);
    if (!own || own->engine_count == 0) return;
    memcpy(engine->id, own->engine, own->engine_count);
    engine->id_count = (uint32_t)own->engine_count;
    engine->boots = own->boots;
    engine->time = own->time;
    engine->age = (uint32_t)(now() - own->heard_at);
}

static uint32_t engine_time(const security *own) {
    int64_t estimate = (int64_t)own->time + (now() - own->heard_at);
    return estimate > TIME_MAX ? TIME_MAX : (uint32_t)estimate;
}

void security_enter(const security *own) {
    usm_add_user(own->localised);
    set_enginetime(own->engine, (u_int)own->engine_count, own->boots, engine_time(own), TRUE);
}

void security_leave(const security *own) {
    usm_remove_user(own->localised);
    own->localised->next = own->localised->prev = NULL;
    free_enginetime((unsigned char *)(uintptr_t)own->engine, own->engine_count);
}

// MARK: Requests

int security_dress(const security *own, netsnmp_pdu *pdu) {
    pdu->securityModel = SNMP_SEC_MODEL_USM;
    pdu->securityLevel = own->level;
    pdu->securityName = strdup(own->name);
    pdu->securityNameLen = strlen(own->name);
    pdu->securityEngineID = netsnmp_memdup(own->engine, own->engine_count);
    pdu->securityEngineIDLen = own->engine_count;
    pdu->contextEngineID = netsnmp_memdup(own->engine, own->engine_count);
    pdu->contextEngineIDLen = own->engine_count;
    pdu->contextName = strdup(own->context_name);
    pdu->contextNameLen = strlen(own->context_name);
    return pdu->securityName && pdu->securityEngineID && pdu->contextEngineID && pdu->contextName;
}

int32_t flotilla_snmp_probe(flotilla_snmp_session *session, int32_t *request_id, int32_t *system_error) {
    *request_id = 0;
    *system_error = 0;
    session->waiting = 0;
    if (!session->security || !session->security->named) return FLOTILLA_SNMP_BAD_USER;
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);
    if (!pdu) return FLOTILLA_SNMP_NO_MEMORY;
    pdu->securityModel = SNMP_SEC_MODEL_USM;
    pdu->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
    pdu->securityName = strdup("");
    pdu->contextName = strdup("");
    int32_t status = FLOTILLA_SNMP_NO_MEMORY;
    if (pdu->securityName && pdu->contextName) {
        pdu->version = SNMP_VERSION_3;
        status = session_transmit(session, pdu, request_id, system_error);
    }
    snmp_free_pdu(pdu);
    return status;
}

// MARK: Answers

typedef struct {
    int64_t id;
    int64_t size_max;
    uint8_t flags;
    int64_t model;
    const uint8_t *parameters;  // the octet string of the security model, its tag included
    octets_view engine;
    int64_t boots;
    int64_t time;
    octets_view name;
    octets_view data;           // behind it: the scoped PDU, plain or encrypted
    const uint8_t *end;
} message_head;

static int read_head(const uint8_t *datagram, size_t count, message_head *head) {
    octets_view view = {datagram, datagram + count}, message, global, flags, parameters, usm;
    int64_t version;
    if (!view_tagged(&view, 0x30, &message) || !view_number(&message, &version) || version != SNMP_VERSION_3
        || !view_tagged(&message, 0x30, &global) || !view_number(&global, &head->id) || !view_number(&global, &head->size_max)
        || !view_tagged(&global, 0x04, &flags) || flags.end - flags.at != 1 || !view_number(&global, &head->model))
        return 0;
    head->flags = flags.at[0];
    head->end = message.end;
    head->parameters = message.at;
    if (head->model != MODEL_USM || head->size_max < 484 || head->size_max > TIME_MAX) return 0;
    if (!view_tagged(&message, 0x04, &parameters) || !view_tagged(&parameters, 0x30, &usm) || !view_tagged(&usm, 0x04, &head->engine)
        || !view_number(&usm, &head->boots) || !view_number(&usm, &head->time) || !view_tagged(&usm, 0x04, &head->name))
        return 0;
    head->data = message;
    return head->boots >= 0 && head->boots <= TIME_MAX && head->time >= 0 && head->time <= TIME_MAX;
}

static int read_scoped(octets_view view, message_pdu *pdu) {
    octets_view scoped, engine, name;
    return view_tagged(&view, 0x30, &scoped) && view_tagged(&scoped, 0x04, &engine) && view_tagged(&scoped, 0x04, &name)
        && message_read_pdu(&scoped, pdu);
}

static int is(const octets_view *view, const void *octets, size_t count) {
    return (size_t)(view->end - view->at) == count && memcmp(view->at, octets, count) == 0;
}

// The object that a report names: usmStats (RFC 3414), snmpUnavailableContexts and snmpUnknownContexts (RFC 3413).
static int reason_of(const message_pdu *pdu) {
    static const uint8_t usm_stats[] = {0x2b, 6, 1, 6, 3, 15, 1, 1};
    static const uint8_t target[] = {0x2b, 6, 1, 6, 3, 12, 1};
    octets_view rows = pdu->rows, row, name;
    if (!view_tagged(&rows, 0x30, &row) || !view_tagged(&row, 0x06, &name)) return FLOTILLA_SNMP_REASON_OTHER;
    size_t count = (size_t)(name.end - name.at);
    if (count >= sizeof usm_stats + 1 && memcmp(name.at, usm_stats, sizeof usm_stats) == 0) {
        int object = name.at[sizeof usm_stats];
        return object >= 1 && object <= 6 ? object : FLOTILLA_SNMP_REASON_OTHER;
    }
    if (count >= sizeof target + 1 && memcmp(name.at, target, sizeof target) == 0) {
        int object = name.at[sizeof target];
        return object == 4 || object == 5 ? FLOTILLA_SNMP_REASON_CONTEXT : FLOTILLA_SNMP_REASON_OTHER;
    }
    return FLOTILLA_SNMP_REASON_OTHER;
}

// What a report changes before it is told. Unsigned ones are believed as far as discovery must believe them.
static int reported(flotilla_snmp_session *session, const message_head *head, const message_pdu *pdu, int is_signed, flotilla_snmp_page *page) {
    page->reason = reason_of(pdu);
    size_t count = (size_t)(head->engine.end - head->engine.at);
    if (page->reason == FLOTILLA_SNMP_REASON_ENGINE) {
        if (!meet_engine(session, head->engine.at, count)) return FLOTILLA_SNMP_MALFORMED;
        hear_clock(session->security, (uint32_t)head->boots, (uint32_t)head->time);
    }
    if (page->reason == FLOTILLA_SNMP_REASON_CLOCK && !is_signed) flotilla_snmp_forget_engine(session);
    return FLOTILLA_SNMP_REPORT;
}

static int untrusted(int reason, flotilla_snmp_page *page) {
    page->reason = reason;
    return FLOTILLA_SNMP_UNTRUSTED;
}

// Checks the signature and decrypts, by the library. `plain` points into the datagram or into a buffer of this file.
static int unseal(const security *own, const message_head *head, uint8_t *datagram, int level, octets_view *plain) {
    static uint8_t buffer[65536];
    uint8_t engine[64];
    char name[256];
    size_t engine_count = sizeof engine, name_count = sizeof name, plain_count = sizeof buffer, reply_max = 0;
    u_char *scoped = buffer;
    void *state = NULL;
    netsnmp_session codec;
    snmp_sess_init(&codec);
    codec.version = SNMP_VERSION_3;
    struct snmp_secmod_incoming_params parameters = {
        .msgProcModel = SNMP_VERSION_3,
        .maxMsgSize = (size_t)head->size_max,
        .secParams = (u_char *)(uintptr_t)head->parameters,
        .secModel = MODEL_USM,
        .secLevel = level,
        .wholeMsg = datagram,
        .wholeMsgLen = (size_t)(head->end - datagram),
        .secEngineID = engine,
        .secEngineIDLen = &engine_count,
        .secName = name,
        .secNameLen = &name_count,
        .scopedPdu = &scoped,
        .scopedPduLen = &plain_count,
        .maxSizeResponse = &reply_max,
        .secStateRef = &state,
        .sess = &codec,
        .msg_flags = head->flags,
    };
    struct snmp_secmod_def *model = find_sec_mod(MODEL_USM);
    security_enter(own);
    int result = model->decode(&parameters);
    security_leave(own);
    if (state) model->pdu_free_state_ref(state);
    plain->at = scoped;
    plain->end = scoped + plain_count;
    return result;
}

static int read_sealed(flotilla_snmp_session *session, const message_head *head, uint8_t *datagram, int level, flotilla_snmp_page *page) {
    security *own = session->security;
    if (!own->localised) return FLOTILLA_SNMP_STRAY;
    if (!is(&head->engine, own->engine, own->engine_count) || !is(&head->name, own->name, strlen(own->name)))
        return untrusted(FLOTILLA_SNMP_REASON_USER, page);
    octets_view plain;
    message_pdu pdu;
    switch (unseal(own, head, datagram, level, &plain)) {
    case SNMPERR_SUCCESS: break;
    case SNMPERR_USM_NOTINTIMEWINDOW:  // signed, so it is the clock of the device: it went back
        hear_clock(own, (uint32_t)head->boots, (uint32_t)head->time);
        page->reason = FLOTILLA_SNMP_REASON_CLOCK;
        return FLOTILLA_SNMP_REPORT;
    case SNMPERR_USM_AUTHENTICATIONFAILURE: return untrusted(FLOTILLA_SNMP_REASON_DIGEST, page);
    case SNMPERR_USM_DECRYPTIONERROR: return untrusted(FLOTILLA_SNMP_REASON_DECRYPTION, page);
    case SNMPERR_USM_UNSUPPORTEDSECURITYLEVEL: return untrusted(FLOTILLA_SNMP_REASON_LEVEL, page);
    default: return FLOTILLA_SNMP_MALFORMED;
    }
    if (head->boots > own->boots || (head->boots == own->boots && head->time > own->time))
        hear_clock(own, (uint32_t)head->boots, (uint32_t)head->time);
    if (!read_scoped(plain, &pdu))
        return level == SNMP_SEC_LEVEL_AUTHPRIV ? untrusted(FLOTILLA_SNMP_REASON_DECRYPTION, page) : FLOTILLA_SNMP_MALFORMED;
    if (pdu.command == SNMP_MSG_REPORT) return reported(session, head, &pdu, 1, page);
    if (pdu.command != SNMP_MSG_RESPONSE || pdu.request_id != session->waiting) return FLOTILLA_SNMP_MALFORMED;
    if (level < own->level) return untrusted(FLOTILLA_SNMP_REASON_LEVEL, page);
    return page_fill(&pdu, page) ? FLOTILLA_SNMP_ANSWER : FLOTILLA_SNMP_MALFORMED;
}

static int read_open(flotilla_snmp_session *session, const message_head *head, flotilla_snmp_page *page) {
    const security *own = session->security;
    message_pdu pdu;
    if (!read_scoped(head->data, &pdu)) return FLOTILLA_SNMP_MALFORMED;
    if (pdu.command == SNMP_MSG_REPORT) return reported(session, head, &pdu, 0, page);
    if (pdu.command != SNMP_MSG_RESPONSE || pdu.request_id != session->waiting) return FLOTILLA_SNMP_MALFORMED;
    if (own->level > SNMP_SEC_LEVEL_NOAUTH) return untrusted(FLOTILLA_SNMP_REASON_LEVEL, page);
    if (!is(&head->engine, own->engine, own->engine_count) || !is(&head->name, own->name, strlen(own->name)))
        return untrusted(FLOTILLA_SNMP_REASON_USER, page);
    return page_fill(&pdu, page) ? FLOTILLA_SNMP_ANSWER : FLOTILLA_SNMP_MALFORMED;
}

int security_read(flotilla_snmp_session *session, uint8_t *datagram, size_t count, flotilla_snmp_page *page) {
    message_head head;
    if (!read_head(datagram, count, &head)) return FLOTILLA_SNMP_MALFORMED;
    page->request_id = (int32_t)head.id;
    if (session->waiting == 0 || head.id != session->waiting) return FLOTILLA_SNMP_STRAY;
    switch (head.flags & LEVEL_MASK) {
    case 0: return read_open(session, &head, page);
    case SNMP_MSG_FLAG_AUTH_BIT: return read_sealed(session, &head, datagram, SNMP_SEC_LEVEL_AUTHNOPRIV, page);
    case SNMP_MSG_FLAG_AUTH_BIT | SNMP_MSG_FLAG_PRIV_BIT: return read_sealed(session, &head, datagram, SNMP_SEC_LEVEL_AUTHPRIV, page);
    default: return FLOTILLA_SNMP_MALFORMED;
    }
}
