/// One consumer: a queue read through a channel of its own, so that its prefetch is its own.
package final class Consumer: Sendable {
    /// Unique in the process.
    package struct ID: Sendable, Hashable {
        let connection: UInt32
        let channelSerial: UInt32
    }

    package let id: ID
    package let queue: String
    package let prefetch: UInt16
    let channel: UInt16
    let tag: String

    init(id: ID, queue: String, prefetch: UInt16, channel: UInt16) {
        self.id = id
        self.queue = queue
        self.prefetch = prefetch
        self.channel = channel
        tag = "flotilla-\(id.channelSerial)"
    }
}
