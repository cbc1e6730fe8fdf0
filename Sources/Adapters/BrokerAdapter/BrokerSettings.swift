package import AMQP

/// How the adapter uses the broker.
package struct BrokerSettings: Hashable, Sendable {
    /// Drafts in hand per intake queue, 1…65535.
    package var intakePrefetch: UInt16 = 512
    /// Messages of outcomes in hand, 1…65535; each holds up to 64.
    package var outcomesPrefetch: UInt16 = 256
    /// Registrations and heartbeats in hand, 1…65535.
    package var fleetPrefetch: UInt16 = 256
    /// Dead messages in hand, 1…65535.
    package var deadPrefetch: UInt16 = 128
    /// How long a publish waits for a connection before it is told to be unconfirmed.
    package var publishWithin: Duration = .seconds(5)
    /// The same for a registration or a heartbeat, which the next one replaces.
    package var tellWithin: Duration = .seconds(2)
    /// How long the answer about the dead-letter queue is kept.
    package var deadQueueKnownFor: Duration = .seconds(10)
    /// How long a message that a worker cannot read waits before it is published again to the dead-letter exchange.
    package var buryAgainAfter: Duration = .seconds(1)
    /// How long the broker may take to answer when a queue that broke down is probed.
    package var probeWithin: Duration = .seconds(3)
    /// The pause between two probes of such a queue.
    package var probeAgainAfter: Duration = .seconds(60)
    /// How long a worker waits until its consumers are cancelled; a broker that fell silent would keep it from draining.
    package var quietWithin: Duration = .seconds(3)
    /// How long closing waits for confirms.
    package var closeWithin: Duration = .seconds(5)
    /// The pause between two looks for queues that somebody deleted.
    package var lookForQueuesEvery: Duration = .seconds(10)
    /// How long a lane that was found missing stays so, until consumers of the old one know.
    package var makeAgainAfter: Duration = .seconds(1)
    package var topology = Topology()
    package var connection = AMQPSettings()

    package init() {}
}
