import Redis

/// The five lease scripts; `LeaseBook` in the domain is their specification.
///
/// Every script touches one key, `flotilla:lease:{<exclusion key>}`, a hash that is kept for 24 h after the last write,
/// longer than any message lives:
///
/// | Field | Meaning |
/// |---|---|
/// | `number`, `run`, `end`, `gap` | the lease: who holds it, until when (µs of the server's clock), and the quiet gap it was granted with (µs) |
/// | `highest`, `answer` | the highest number that asked, and what it was told: `granted`, `busy`, `deferred`, `void` |
/// | `busy` | the run that was told *busy* under the highest number: it alone may ask again |
/// | `clean` | `1` when the last lease was given back in good order |
///
/// A lease whose end has passed counts as gone, and as not clean; it needs no write. Numbers are compared as decimal text,
/// for Lua's own numbers are exact only up to 2^53. The server's clock (`TIME`) is read inside the script.
/// The first argument is the number; an epoch may come to stand behind the last argument of each script.
enum LeaseScripts {
    /// `ARGV`: number, run, span in µs, quiet gap in µs.
    ///
    /// Answers `granted gap`, `mine gap`, `busy left`, or `seen answer highest left` (left −1: it holds none).
    static let take = RedisScript(
        name: "lease.take",
        source: common + """
            local run, span, quiet = ARGV[2], tonumber(ARGV[3]), ARGV[4]
            if held and held == number and holder == run then
              local later = math.max(ends, now + span)
              redis.call('HSET', key, 'end', text(later))
              keep()
              return {'mine', gap}
            end
            if highest and not above(number, highest) and not (number == highest and answer == 'busy' and busy == run) then
              if number == highest and answer == 'busy' then return {'busy', left()} end
              return seen()
            end
            if held then
              redis.call('HSET', key, 'highest', number, 'answer', 'busy', 'busy', run)
              keep()
              return {'busy', left()}
            end
            local wait = '0'
            if highest and not clean then wait = quiet end
            redis.call('HDEL', key, 'busy')
            redis.call('HSET', key, 'highest', number, 'answer', 'granted',
              'number', number, 'run', run, 'end', text(now + span), 'gap', wait)
            keep()
            return {'granted', wait}
            """
    )

    /// `ARGV`: number, run, span in µs.
    ///
    /// Answers 1, or 0 when the lease is not this run's any more.
    static let renew = RedisScript(
        name: "lease.renew",
        source: common + """
            if not held or held ~= number or holder ~= ARGV[2] then return 0 end
            redis.call('HSET', key, 'end', text(now + tonumber(ARGV[3])))
            keep()
            return 1
            """
    )

    /// `ARGV`: number, run, `1` when no request to the device is under way.
    ///
    /// Answers 1, or 0 when the lease is not this run's any more.
    static let release = RedisScript(
        name: "lease.release",
        source: common + """
            if not held or held ~= number or holder ~= ARGV[2] then return 0 end
            redis.call('HDEL', key, 'number', 'run', 'end', 'gap')
            redis.call('HSET', key, 'clean', ARGV[3])
            keep()
            return 1
            """
    )

    /// `ARGV`: number.
    ///
    /// Answers `deferred`, or `seen …` as `take` does.
    static let hand = RedisScript(
        name: "lease.hand",
        source: common + """
            if highest and not above(number, highest) and not (number == highest and answer == 'busy') then
              if number == highest and answer == 'deferred' then return {'deferred'} end
              return seen()
            end
            leave('deferred')
            return {'deferred'}
            """
    )

    /// `ARGV`: number.
    ///
    /// Answers `held left`, or `void 1` when it had been granted, else `void 0`.
    static let void = RedisScript(
        name: "lease.void",
        source: common + """
            if held and held == number then return {'held', left()} end
            if highest and above(highest, number) then return {'void', 0} end
            if number == highest and answer == 'granted' then return {'void', 1} end
            leave('void')
            return {'void', 0}
            """
    )

    /// What every script begins with: the number, the server's time, the key's state, and the words for answers.
    private static let common = """
        local key, number = KEYS[1], ARGV[1]
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local state = redis.call('HMGET', key, 'highest', 'answer', 'busy', 'number', 'run', 'end', 'gap', 'clean')
        local highest, answer, busy, held, holder = state[1], state[2], state[3], state[4], state[5]
        local ends, gap, clean = tonumber(state[6] or '0'), state[7], state[8] == '1'
        if held and ends <= now then held, clean = false, false end

        local function text(value) return string.format('%.0f', value) end
        local function above(one, other) return #one > #other or (#one == #other and one > other) end
        local function left() return held and ends - now or 0 end
        local function keep() redis.call('PEXPIRE', key, 86400000) end
        local function seen()
          local word = 'older'
          if number == highest then word = answer == 'busy' and 'deferred' or answer end
          return {'seen', word, highest, held == number and ends - now or -1}
        end
        local function leave(word)
          if not highest then redis.call('HSET', key, 'clean', '1') end
          redis.call('HDEL', key, 'busy')
          redis.call('HSET', key, 'highest', number, 'answer', word)
          keep()
        end

        """
}
