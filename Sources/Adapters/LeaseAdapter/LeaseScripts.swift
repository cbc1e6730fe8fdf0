import Redis

/// The lease scripts; `LeaseBook` in the domain is their specification.
///
/// Every script touches one key, `flotilla:lease:{<exclusion key>}`, a hash that is kept for 24 h after the last write,
/// longer than any message lives:
///
/// | Field | Meaning |
/// |---|---|
/// | `number`, `run`, `end`, `gap` | the lease: who holds it, until when (µs of the server's clock), and the quiet gap it was granted with (µs) |
/// | `holder`, `since` | for people: who was said to hold it, and from when (µs) |
/// | `barred` | `1` when the lease is not renewed any more, by force |
/// | `highest`, `answer` | the highest number that asked, and what it was told: `granted`, `busy`, `deferred`, `void` |
/// | `busy` | the run that was told *busy* under the highest number: it alone may ask again |
/// | `clean` | `1` when the last lease was given back in good order |
///
/// and, besides, `flotilla:epoch`, a hash without an end:
///
/// | Field | Meaning |
/// |---|---|
/// | `run` | the `run_id` of the server that wrote it |
/// | `since` | when it was written (µs of the server's clock) |
/// | `until` | the end of the barrier (µs): before it nothing is granted |
/// | `asked` | when somebody last asked whether it still writes (µs) |
///
/// A lease whose end has passed counts as gone, and as not clean; it needs no write. Numbers are compared as decimal text,
/// for Lua's own numbers are exact only up to 2^53. The server's clock (`TIME`) is read inside the script.
/// The first argument is the number; the last two are the barrier's span in µs and the `run_id` that the connection has read.
enum LeaseScripts {
    /// `ARGV`: number, run, span in µs, quiet gap in µs, holder, barrier, epoch.
    ///
    /// Answers `granted gap`, `mine gap`, `busy left`, or `seen answer highest left` (left −1: it holds none).
    static let take = RedisScript(
        name: "lease.take",
        source: common + """
            local run, span, quiet = ARGV[2], tonumber(ARGV[3]), ARGV[4]
            if barrier then
              if not highest then
                redis.call('HSET', key, 'highest', number, 'answer', 'busy', 'busy', run, 'clean', '1')
              elseif above(number, highest) then
                redis.call('HSET', key, 'highest', number, 'answer', 'busy', 'busy', run)
              end
              keep()
              return {'busy', math.max(barrier, left())}
            end
            if held and held == number and holder == run and not barred then
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
            if (highest and not clean) or now < stands + tonumber(quiet) then wait = quiet end
            -- First what a server without memory refuses: after a deletion it would let all of it pass.
            redis.call('HSET', key, 'highest', number, 'answer', 'granted',
              'number', number, 'run', run, 'end', text(now + span), 'gap', wait, 'holder', ARGV[5], 'since', text(now))
            redis.call('HDEL', key, 'busy', 'barred')
            keep()
            return {'granted', wait}
            """
    )

    /// `ARGV`: number, run, span in µs, barrier, epoch.
    ///
    /// Answers 1, or 0 when the lease is not this run's any more.
    static let renew = RedisScript(
        name: "lease.renew",
        source: common + """
            if held and held == number and holder == ARGV[2] then
              if barred then return 0 end
              redis.call('HSET', key, 'end', text(now + tonumber(ARGV[3])))
              keep()
              return 1
            end
            if not barrier or (held and not above(number, held)) then return 0 end
            redis.call('HDEL', key, 'barred', 'holder')
            redis.call('HSET', key, 'number', number, 'run', ARGV[2], 'end', text(now + tonumber(ARGV[3])), 'gap', '0', 'since', text(now))
            if not highest or not above(highest, number) then
              redis.call('HDEL', key, 'busy')
              redis.call('HSET', key, 'highest', number, 'answer', 'granted')
            end
            keep()
            return 1
            """
    )

    /// `ARGV`: number, run, `1` when no request to the device is under way, barrier, epoch.
    ///
    /// Answers 1, or 0 when the lease is not this run's any more.
    static let release = RedisScript(
        name: "lease.release",
        source: common + """
            if not held or held ~= number or holder ~= ARGV[2] then return 0 end
            redis.call('HDEL', key, 'number', 'run', 'end', 'gap', 'holder', 'since', 'barred')
            redis.call('HSET', key, 'clean', ARGV[3])
            keep()
            return 1
            """
    )

    /// `ARGV`: number, barrier, epoch.
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

    /// `ARGV`: number, barrier, epoch.
    ///
    /// Answers `held left`, or `void 1` when it had been granted, else `void 0`.
    static let void = RedisScript(
        name: "lease.void",
        source: common + """
            if held and held == number then return {'held', math.max(left(), barrier or 0)} end
            if barrier then return {'held', barrier} end
            if highest and above(highest, number) then return {'void', 0} end
            if number == highest and answer == 'granted' then return {'void', 1} end
            leave('void')
            return {'void', 0}
            """
    )

    /// `ARGV`: anything, barrier, epoch.
    ///
    /// Answers `barred number left holder`, or `free`.
    static let bar = RedisScript(
        name: "lease.bar",
        source: common + """
            if not held then return {'free'} end
            redis.call('HSET', key, 'barred', '1')
            keep()
            return {'barred', held, left(), redis.call('HGET', key, 'holder') or ''}
            """
    )

    /// `KEYS`: `flotilla:epoch`; `ARGV`: epoch.
    ///
    /// Declares that nobody can hold a lease, where nothing is known; answers 1, or 0 when there is an epoch already.
    static let begin = RedisScript(
        name: "lease.begin",
        source: """
            if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
            local time = redis.call('TIME')
            redis.call('HSET', KEYS[1], 'run', ARGV[1], 'since', string.format('%.0f', time[1] * 1000000 + time[2]), 'until', '0')
            return 1
            """
    )

    /// `KEYS`: `flotilla:epoch`.
    ///
    /// Writes when it was asked last, if there is an epoch: a server without memory refuses that as it
    /// would a grant.
    static let sign = RedisScript(
        name: "lease.sign",
        source: """
            if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
            local time = redis.call('TIME')
            redis.call('HSET', KEYS[1], 'asked', string.format('%.0f', time[1] * 1000000 + time[2]))
            return 1
            """
    )

    /// The code in front of what a script says of a hash that no script has written.
    static let garbled = "GARBLED"

    /// What every script begins with: the number, the server's time, the epoch's barrier, the key's state, and the words for answers.
    private static let common = """
        local key, number = KEYS[1], ARGV[1]
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local function text(value) return string.format('%.0f', value) end
        local function garbled(name, field)
          return redis.error_reply('GARBLED ' .. name .. ' has no number in the field ' .. field .. '; delete the key')
        end

        local epoch = redis.call('HMGET', KEYS[2], 'run', 'until')
        local stands = tonumber(epoch[2] or '0')
        if not stands then return garbled(KEYS[2], 'until') end
        if epoch[1] ~= ARGV[#ARGV] then
          stands = now + tonumber(ARGV[#ARGV - 1])
          redis.call('HSET', KEYS[2], 'run', ARGV[#ARGV], 'since', text(now), 'until', text(stands))
        end
        local barrier = stands > now and stands - now or false

        local state = redis.call('HMGET', key, 'highest', 'answer', 'busy', 'number', 'run', 'end', 'gap', 'clean', 'barred')
        local highest, answer, busy, held, holder = state[1], state[2], state[3], state[4], state[5]
        local ends, gap, clean, barred = tonumber(state[6] or '0'), state[7], state[8] == '1', state[9] == '1'
        if not ends then return garbled(key, 'end') end
        if highest and not string.find(highest, '^%-?%d+$') then return garbled(key, 'highest') end
        if held and ends <= now then held, clean = false, false end

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
