import Testing

/// The fleet as its users meet it: real processes, real servers, the command line, HTTP and AMQP.
///
/// One after the other: each suite has the machine for itself, and most share one fleet.
@Suite("End to end", .serialized)
enum EndToEnd {}
