internal import Synchronization

/// A Lua script that runs on the server, sent by its digest once the server has it.
///
/// Make one value per script and keep it: the digest, which the server computes, is remembered here.
package final class RedisScript: Sendable {
    /// For logs and errors.
    package let name: String
    package let source: String
    private let knownDigest = Mutex<String?>(nil)

    package init(name: String, source: String) {
        self.name = name
        self.source = source
    }

    /// SHA-1 of the source as the server spelled it; `nil` before the first load.
    var digest: String? {
        get { knownDigest.withLock { $0 } }
        set { knownDigest.withLock { $0 = newValue } }
    }
}

/// Keys and arguments of one run of a script.
package struct RedisEvaluation: Sendable {
    package let keys: [String]
    package let arguments: [RedisArgument]

    package init(keys: [String], arguments: [RedisArgument]) {
        self.keys = keys
        self.arguments = arguments
    }

    func command(digest: String) -> [RedisArgument] {
        ["EVALSHA", RedisArgument(digest), RedisArgument(keys.count)] + keys.map { RedisArgument($0) } + arguments
    }
}
