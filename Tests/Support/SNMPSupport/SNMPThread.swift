package import Reactor

/// The one SNMP thread of a test process: the library belongs to one thread while sessions are open, and all test targets are one process.
package enum SNMPThread {
    package static let shared = ReactorThread(name: "snmp-tests")
}
