package import Domain

/// Everything at a glance.
package struct Overview: Hashable, Sendable {
    package let states: [TaskState: Int]
    package let lanes: LaneCounts
    package let openLetters: Int
    package let workers: [WorkerStatus: Int]
    package let counters: Counters

    package init(states: [TaskState: Int], lanes: LaneCounts, openLetters: Int, workers: [WorkerStatus: Int], counters: Counters) {
        self.states = states
        self.lanes = lanes
        self.openLetters = openLetters
        self.workers = workers
        self.counters = counters
    }
}

/// Which of the servers that Flotilla needs answer now.
package struct Health: Hashable, Sendable {
    package struct Answer: Hashable, Sendable {
        package let name: String
        /// `nil`: it answers.
        package let trouble: String?

        package init(name: String, trouble: String?) {
            self.name = name
            self.trouble = trouble
        }
    }

    package let answers: [Answer]

    package init(answers: [Answer]) {
        self.answers = answers
    }

    package var isReady: Bool { answers.allSatisfy { $0.trouble == nil } }
}
