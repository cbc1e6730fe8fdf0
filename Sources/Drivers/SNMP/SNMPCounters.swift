/// What an engine has seen since its start.
package struct SNMPCounters: Sendable, Hashable {
    /// Datagrams sent, retries included.
    package var requests = 0
    package var retries = 0
    /// Answers that counted.
    package var answers = 0
    package var timeouts = 0
    /// Answers to requests that had been given up.
    package var late = 0
    /// Answers to requests that had been answered.
    package var duplicates = 0
    /// Answers to requests that were never sent.
    package var mismatched = 0
    package var malformed = 0
    /// Questions for the engine of a device (version 3).
    package var probes = 0
    /// Reports that a request of ours met (version 3).
    package var reports = 0
    /// Answers with our request's id that were not signed or sealed as they must (version 3).
    package var untrusted = 0
    /// Addresses that showed an engine which another one had shown (version 3).
    package var sharedEngines = 0
    package var unreachable = 0
    package var tooBig = 0
    /// Sends that a guard refused.
    package var refusedSends = 0
    package var cancelled = 0
    /// Rows that walks accepted.
    package var rows = 0

    package init() {}
}
