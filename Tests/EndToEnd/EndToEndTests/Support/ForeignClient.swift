import Foundation
import PrivateServers

/// Publishes as a program in another language would: Python with pika, which knows nothing of Flotilla.
struct ForeignClient {
    struct Message: Encodable {
        let key: String
        let body: String
        var contentType: String? = "application/json"
        var id: String?
        var headers: [String: String]?
        var exchange = "flotilla.intake"
    }

    let brokerURL: String

    private static let script = """
        import json, sys, pika

        with open(sys.argv[2]) as file:
            messages = json.load(file)
        connection = pika.BlockingConnection(pika.URLParameters(sys.argv[1]))
        channel = connection.channel()
        channel.confirm_delivery()
        for message in messages:
            properties = pika.BasicProperties(
                content_type=message.get("contentType"), message_id=message.get("id"), delivery_mode=2,
                headers=message.get("headers")
            )
            channel.basic_publish(
                exchange=message["exchange"], routing_key=message["key"], body=message["body"].encode(), properties=properties
            )
        connection.close()
        """

    /// Returns when the broker has confirmed every message.
    func publish(_ messages: [Message]) async throws {
        let scratch = try ScratchFolder("pika")
        let script = try scratch.write(Self.script, to: "publish.py")
        let list = try scratch.write(String(decoding: try JSONEncoder().encode(messages), as: UTF8.self), to: "messages.json")
        let finished = try await Finished.run("/usr/bin/python3", [script, brokerURL, list], environment: Programs.environment)
        guard finished.status == .code(0) else { throw NotAsExpected("python3-pika: \(finished)") }
    }
}
