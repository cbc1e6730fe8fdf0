package import Domain
internal import SwiftProtobuf

/// What orchestrators tell workers.
package enum ControlCodec {
    /// 1 MiB.
    package static let bytesMax = 1_048_576

    package static func encode(_ order: ControlOrder) -> [UInt8] {
        MessageBytes.write(Flotilla_V1_ControlOrder(order), as: .protobuf)
    }

    package static func decode(_ bytes: [UInt8], contentType: String?) -> Result<ControlOrder, WireFault> {
        Result { () throws(WireFault) -> ControlOrder in
            let message = try MessageBytes.readOwn(
                Flotilla_V1_ControlOrder.self,
                bytes,
                contentType: contentType,
                bytesMax: bytesMax,
                what: "a control order"
            )
            return try ControlOrder(message)
        }
    }
}

extension Flotilla_V1_ControlOrder {
    init(_ order: ControlOrder) {
        self.init()
        switch order {
        case .cancel(let runs):
            cancel.tasks = runs.map { run in
                var message = Flotilla_V1_CancelledTask()
                message.task = run.task.description
                message.number = run.number?.value ?? 0
                message.reason = run.reason
                return message
            }
        case .drain: drain = Flotilla_V1_Drain()
        case .quiet: quiet = Flotilla_V1_Quiet()
        case .resume: resume = Flotilla_V1_Resume()
        case .setLogLevel(let level): logLevel.level = level
        case .ping: ping = Flotilla_V1_Ping()
        }
    }
}

extension ControlOrder {
    init(_ message: Flotilla_V1_ControlOrder) throws(WireFault) {
        switch message.order {
        case .cancel(let cancel):
            var runs: [CancelledRun] = []
            for task in cancel.tasks {
                let number = task.number == 0 ? nil : try Own.number(task.number, "cancel.number")
                runs.append(CancelledRun(task: try Own.id(task.task, "cancel.task"), number: number, reason: task.reason))
            }
            self = .cancel(runs)
        case .drain: self = .drain
        case .quiet: self = .quiet
        case .resume: self = .resume
        case .logLevel(let level): self = .setLogLevel(level.level)
        case .ping: self = .ping
        case nil: throw WireFault(.undecodable, "the message holds no order")
        }
    }
}
