import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// Whatever bytes arrive, the answer says what was wrong or the connection ends, and everybody else is served.
    @Suite("Bad bytes over HTTP", .serialized, .timeLimit(.minutes(3)))
    struct BadBytesOverHTTP {
        @Test("get a clean refusal and disturb nobody", arguments: BadBytes.all)
        func refused(_ bad: BadBytes) async throws {
            let fleet = try await SharedFleets.up()
            let newest = try await newestTask(fleet)

            do {
                let connection = try RawHTTP(port: try fleet.port)
                connection.send(bad.bytes())
                switch bad.reply {
                case .fine(let status):
                    let answer = try #require(connection.answer())
                    #expect(answer.status == status, "\(answer)")
                case .problem(let status, let code):
                    try expectProblem(try #require(connection.answer(), "no answer"), status, code, bad)
                case .closed(let status):
                    if let answer = connection.answer(within: .seconds(3)) { #expect(answer.status == status, "\(answer)") }
                    #expect(connection.end(within: .seconds(3)) == .closed)
                }
            }

            try expectServed(fleet)
            if case .fine = bad.reply { return }
            #expect(try await newestTask(fleet) == newest, "a task was admitted")
        }

        @Test("12: a chunk extension of 1 MB is not kept")
        func chunkExtension() async throws {
            let fleet = try await SharedFleets.up()
            let connection = try RawHTTP(port: try fleet.port)

            let filler = String(repeating: "e", count: 1 << 20)
            connection.send(RawRequest.raw("Transfer-Encoding: chunked\r\n", "f;\(filler)\r\n{\"kind\":\"noop\"}\r\n0\r\n\r\n"))

            let answer = try #require(connection.answer())
            #expect([202, 400, 413, 431].contains(answer.status), "\(answer)")
            try expectServed(fleet)
        }

        @Test("14 to 16: what stands behind a request that cannot be read is not taken for a second one")
        func smuggled() async throws {
            let fleet = try await SharedFleets.up()
            let newest = try await newestTask(fleet)
            let second = String(decoding: RawRequest.post(APIPath.tasks, #"{"kind":"noop"}"#), as: UTF8.self)

            for framing in [
                "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                "Content-Length: 5\r\nContent-Length: 0\r\n", "Transfer-Encoding: identity\r\nContent-Length: 0\r\n",
                "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding:\u{B}chunked\r\n", "Transfer-Encoding\r\n : chunked\r\n",
            ] {
                let connection = try RawHTTP(port: try fleet.port)
                connection.send(RawRequest.raw(framing, "0\r\n\r\n" + second))
                #expect(connection.answer(within: .seconds(3)).map { $0.status >= 400 } ?? true, "\(framing)")
                #expect(connection.end(within: .seconds(3)) == .closed, "\(framing)")
            }

            #expect(try await newestTask(fleet) == newest, "a second request was taken out of the body of the first")
        }

        @Test("20: a header that trickles is ended after 5 s with 408")
        func slowHeader() async throws {
            let fleet = try await SharedFleets.up()
            let connection = try RawHTTP(port: try fleet.port)
            let start = ContinuousClock.now

            connection.send("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            var answer: RawHTTP.Answer?
            for _ in 0..<40 where answer == nil {
                connection.send("X-A: b\r\n")
                answer = connection.answer(within: .milliseconds(250))
            }

            #expect(answer?.status == 408, "\(String(describing: answer))")
            #expect(connection.end(within: .seconds(2)) == .closed)
            #expect((.seconds(4) ... .seconds(8)).contains(ContinuousClock.now - start))
            try expectServed(fleet)
        }

        @Test("20: a body that trickles is ended after 15 s with 408, and nothing is admitted")
        func slowBody() async throws {
            let fleet = try await SharedFleets.up()
            let newest = try await newestTask(fleet)
            let connection = try RawHTTP(port: try fleet.port)
            let start = ContinuousClock.now

            connection.send(RawRequest.raw("Content-Length: 1000\r\n", "{"))
            var answer: RawHTTP.Answer?
            for _ in 0..<25 where answer == nil {
                connection.send(" ")
                answer = connection.answer(within: .seconds(1))
            }

            #expect(answer?.status == 408, "\(String(describing: answer))")
            #expect(connection.end(within: .seconds(2)) == .closed)
            #expect((.seconds(14) ... .seconds(20)).contains(ContinuousClock.now - start))
            #expect(try await newestTask(fleet) == newest)
            try expectServed(fleet)
        }

        @Test("20: a client that asks and does not read is ended after 30 s; others are served, nothing is heaped up for it")
        func slowReader() async throws {
            let fleet = try await SharedFleets.up()
            let before = try await SharedFleets.residentBytesOfOrchestrator()
            let connection = try RawHTTP(port: try fleet.port, receiveBytes: 4096)

            // Far more answers than the buffers of both sides take.
            let requests = Array(repeatElement(RawRequest.get(APIPath.alive), count: 100_000).joined())
            connection.send(requests, within: .seconds(20), reading: false)
            try expectServed(fleet)
            let after = try await SharedFleets.residentBytesOfOrchestrator()

            #expect(after - before < 64 << 20, "\((after - before) >> 20) MiB more")
            try await eventually("the connection is ended", within: .seconds(90), poll: .milliseconds(500)) { connection.isReset }
        }

        @Test("24: 10,000 pipelined requests are answered in order, others meanwhile")
        func pipelined() async throws {
            let fleet = try await SharedFleets.up()
            let connection = try RawHTTP(port: try fleet.port)
            let count = 10_000

            connection.send(Array(repeatElement(RawRequest.get(APIPath.alive), count: count - 1).joined()), within: .seconds(60))
            connection.send(RawRequest.get("/api/v1/coffee"))
            try expectServed(fleet)
            var statuses: [Int] = []
            while statuses.count < count, let answer = connection.answer(within: .seconds(20)) { statuses.append(answer.status) }

            #expect(statuses.count == count)
            #expect(statuses.dropLast().allSatisfy { $0 == 200 })
            #expect(statuses.last == 404)
        }

        @Test("500 connections that say nothing keep nobody from being served")
        func silent() async throws {
            let fleet = try await SharedFleets.up()
            let port = try fleet.port

            let connections = try (0..<500).map { _ in try RawHTTP(port: port) }
            try expectServed(fleet)

            #expect(connections.count == 500)
        }

        @Test("a body that is compressed without end is refused before it is read")
        func bomb() async throws {
            let fleet = try await SharedFleets.up()
            let before = try await SharedFleets.residentBytesOfOrchestrator()
            let connection = try RawHTTP(port: try fleet.port)

            connection.send(RawRequest.raw("Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"))
            let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0, count: 0x10000) + Array("\r\n".utf8)
            connection.send(Array(repeatElement(chunk, count: 256).joined()))

            #expect(connection.answer()?.status == 415)
            #expect(try await SharedFleets.residentBytesOfOrchestrator() - before < 64 << 20)
            try expectServed(fleet)
        }

        // MARK: What every row ends with

        private func expectProblem(_ answer: RawHTTP.Answer, _ status: Int, _ code: String, _ bad: BadBytes) throws {
            #expect(answer.status == status, "\(answer)")
            #expect(answer.headers["content-type"] == "application/problem+json", "\(answer)")
            let problem = try JSONDecoder().decode(Problem.self, from: Data(answer.body))
            #expect(problem.status == answer.status)
            #expect(problem.code == code, "\(answer)")
            #expect(!problem.detail.isEmpty)
            if let field = bad.field { #expect(problem.field == field, "\(answer)") }
            if let allowed = bad.allowed {
                #expect(problem.allowed?.contains(allowed) == true || problem.detail.contains(allowed), "\(answer)")
            }
        }

        /// A good request on a new connection is answered, and quickly.
        private func expectServed(_ fleet: Fleet, _ place: SourceLocation = #_sourceLocation) throws {
            let start = ContinuousClock.now
            let connection = try RawHTTP(port: try fleet.port)
            connection.send(RawRequest.get(APIPath.alive))
            #expect(connection.answer(within: .seconds(5))?.status == 200, sourceLocation: place)
            #expect(ContinuousClock.now - start < .seconds(2), sourceLocation: place)
        }

        private func newestTask(_ fleet: Fleet) async throws -> String? {
            try await fleet.api.get("\(APIPath.tasks)?limit=1", as: Listing<TaskShape>.self).items.first?.id
        }
    }
}

extension Fleet {
    var port: Int {
        get throws {
            guard let port = URL(string: url)?.port else { throw NotAsExpected("no port in \(url)") }
            return port
        }
    }
}
