import Testing

/// Everything here shares one broker and the same queues: one test at a time.
@Suite("At the broker", .serialized, .timeLimit(.minutes(5)))
enum AtTheBroker {}
