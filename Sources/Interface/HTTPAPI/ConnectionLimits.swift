package import NIOCore

/// How much of the API one connection may hold, and for how long.
package struct ConnectionLimits: Hashable, Sendable {
    /// From the first bytes of a request to the end of its header.
    package var header: TimeAmount = .seconds(5)
    /// From the end of the header to the end of the body.
    package var body: TimeAmount = .seconds(15)
    /// How long an answer may wait for its reader to take any of it.
    package var stall: TimeAmount = .seconds(30)
    /// A connection that sends nothing for so long between two requests is closed; one that waits for its answer is not.
    package var idle: TimeAmount = .seconds(60)
    /// Connections at a time; further ones wait in the listen queue until another ends.
    package var connectionsMax = 512
    /// Bytes of a request line and its header fields.
    package var headerBytesMax = 16 * 1024
    /// Header fields of one request.
    package var headerFieldsMax = 100
    /// Bytes of a request target.
    package static let targetBytesMax = 8 * 1024

    package init() {}
}
