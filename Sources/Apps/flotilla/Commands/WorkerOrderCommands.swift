import APIContract
import ArgumentParser

extension WorkersCommand {
    struct Drain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a worker finish what runs, take nothing new, and end.")

        @OptionGroup var order: WorkerOrderOptions

        func run() async throws { try await order.give("drain", "drains") }
    }

    struct Quiet: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a worker take nothing new until it is told to resume.")

        @OptionGroup var order: WorkerOrderOptions

        func run() async throws { try await order.give("quiet", "takes nothing new") }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a quiet worker take work again.")

        @OptionGroup var order: WorkerOrderOptions

        func run() async throws { try await order.give("resume", "takes work again") }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a worker at once: what runs is cut off and runs again elsewhere, its attempt is not charged."
        )

        @OptionGroup var order: WorkerOrderOptions

        func run() async throws { try await order.give("stop", "stops") }
    }
}

/// The worker that an order is for.
struct WorkerOrderOptions: ParsableArguments {
    @Argument(help: "Name of the worker, as `flotilla workers list` shows it.")
    var worker: String

    @OptionGroup var common: CommonOptions

    func give(_ order: String, _ effect: String) async throws {
        let answer: WorkerOrderShape = try await common.client().post(APIPath.worker(worker, order), [String: String]())
        if common.json { return try Terminal.json(answer) }
        Terminal.say("worker \(answer.worker) \(effect)")
    }
}
