import Domain
import ServiceLifecycle

/// Moves a feed's messages into a mailbox until a graceful shutdown begins; what is in hand then is still worked on.
///
/// The mailbox is bounded by the feed: it holds what is delivered and not settled.
struct FeedPump<Item: Sendable>: Sendable {
    let feed: any Feed<Item>
    let mailbox = Mailbox<Inbound<Item>>()

    /// Runs until shutdown; `work` handles one batch at a time.
    func run(
        upTo limit: Int,
        weighing weight: @escaping @Sendable (Inbound<Item>) -> Int = { _ in 1 },
        _ work: @escaping @Sendable ([Inbound<Item>]) async -> Void
    ) async {
        async let pumping: Void = pump()
        while let batch = await mailbox.take(upTo: limit, weighing: weight) {
            await work(batch)
        }
        await pumping
    }

    private func pump() async {
        await cancelWhenGracefulShutdown { [feed, mailbox] in
            for await batch in feed.batches { mailbox.offer(contentsOf: batch) }
        }
        mailbox.close()
    }
}
