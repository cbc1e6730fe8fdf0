import Domain
import Synchronization

/// A broker in memory: one model behind a mutex, and the programs that are connected to it.
///
/// A publish, a settlement or a fault hands out at once what it made deliverable. Nothing here waits.
package final class MemoryBroker: Sendable {
    /// What a connected program is told, in order.
    enum Event: Sendable {
        case connected(UInt64)
        case disconnected(reason: String)
        case deliveries([BrokerModel.Delivery])
        case order(ControlOrder)
        case queueLost(String, connection: UInt64, channel: UInt32)
    }

    private struct State: Sendable {
        var model: BrokerModel
        var listeners: [BrokerModel.ClientID: @Sendable (Event) -> Void] = [:]
    }

    private let state: Mutex<State>

    package init(model: BrokerModel = BrokerModel()) {
        state = Mutex(State(model: model))
    }

    /// What the broker holds now.
    package var model: BrokerModel { state.withLock { $0.model } }

    // MARK: Programs

    /// A new program, connected at once if the broker is there.
    func join(worker: WorkerID? = nil, _ listener: @escaping @Sendable (Event) -> Void) -> BrokerModel.ClientID {
        state.withLock { state in
            let client = state.model.join(worker: worker)
            state.listeners[client] = listener
            if let connection = state.model.connect(client) { listener(.connected(connection)) }
            return client
        }
    }

    func leave(_ client: BrokerModel.ClientID) {
        state.withLock { $0.listeners[client] = nil }
        change { $0.leave(client) }
    }

    /// Changes the model and hands out what that made deliverable, in order.
    func change<Answer: Sendable>(_ body: (inout BrokerModel) -> Answer) -> Answer {
        state.withLock { state in
            let answer = body(&state.model)
            Self.deliver(&state)
            return answer
        }
    }

    func order(_ order: ControlOrder, to address: ControlAddress, by client: BrokerModel.ClientID) -> PublishAnswer {
        state.withLock { state in
            switch state.model.listeners(to: address, from: client) {
            case .failure(let refusal): return refusal.answer
            case .success(let found):
                for listener in found { state.listeners[listener]?(.order(order)) }
                return .confirmed
            }
        }
    }

    func health(of client: BrokerModel.ClientID) -> BrokerHealth {
        state.withLock { state in
            guard state.model.isConnected(client) else { return .disconnected(reason: "the broker cannot be reached") }
            return state.model.alarm.map { .blocked(reason: $0) } ?? .connected
        }
    }

    private static func deliver(_ state: inout State) {
        let deliveries = Dictionary(grouping: state.model.deliver(), by: \.client)
        for client in deliveries.keys.sorted() { state.listeners[client]?(.deliveries(deliveries[client, default: []])) }
    }

    // MARK: Faults

    /// Every connection breaks; the programs connect again at once.
    package func cutConnections() {
        state.withLock { state in
            for client in state.listeners.keys.sorted() {
                state.model.cut(client)
                state.listeners[client]?(.disconnected(reason: "the connection was cut"))
            }
            Self.reconnect(&state)
        }
    }

    /// The broker is gone until `start`; durable queues keep what they hold.
    package func stop() { goAway { $0.stop() } }

    /// The broker is gone until `start`, and its disk with everything on it.
    package func wipe() { goAway { $0.wipe() } }

    package func start() {
        state.withLock { state in
            state.model.start()
            Self.reconnect(&state)
        }
    }

    /// Raises, or with `nil` ends, an alarm: nothing is taken meanwhile.
    package func alarm(_ reason: String?) { change { $0.alarm = reason } }

    /// Somebody deletes a queue; whoever consumed it declares and consumes it again.
    package func delete(queue: String) {
        state.withLock { state in
            for lost in state.model.delete(queue) {
                state.listeners[lost.client]?(.queueLost(queue, connection: lost.connection, channel: lost.channel))
            }
            Self.deliver(&state)
        }
    }

    private func goAway(_ body: (inout BrokerModel) -> Void) {
        state.withLock { state in
            body(&state.model)
            for client in state.listeners.keys.sorted() { state.listeners[client]?(.disconnected(reason: "the broker is gone")) }
        }
    }

    private static func reconnect(_ state: inout State) {
        for client in state.listeners.keys.sorted() {
            if let connection = state.model.connect(client) { state.listeners[client]?(.connected(connection)) }
        }
        deliver(&state)
    }
}
