#!/bin/bash
# Runs fuzzers, each as a child with hard limits, so that no crash, hang or flood of memory holds up whoever started it.
#
#   fuzz.sh [--seconds N] [--seed N] [--work DIR] [--memory-mib N] BIN_DIR FUZZER…   fuzzes each for N seconds (60)
#   fuzz.sh [--work DIR] BIN_DIR --check                                  shows with PlantedFuzz that the limits hold
#
# A finding: the input is kept in DIR/findings and printed, and the exit status is 1. To see it again: BIN_DIR/FUZZER FILE.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

seconds=60
seed=0
work=$root/.build-fuzz-work
memory_mib=2048
# For one input, and for the end after the time is over.
input_seconds=15
grace_seconds=20

fail() {
    printf 'fuzz: %s\n' "$*" >&2
    exit 2
}

# The last bytes that a fuzzer took in hand; its own crash handler may never have come to write them.
input_in_hand() {
    local count
    count=$(od -An -N8 -tu8 "$1" 2>/dev/null | tr -d ' ') || return 1
    [[ $count ]] || return 1
    head -c $((8 + count)) "$1" | tail -c +9
}

resident_mib() {
    awk '/^VmRSS:/ { print int($2 / 1024) }' "/proc/$1/status" 2>/dev/null || true
}

# Waits for a child; ends it with SIGKILL when it takes too long or too much. An address-space limit would do for memory, were it not for
# the terabytes that the address sanitizer maps.
guard() {
    local child=$1 deadline=$((SECONDS + $2)) resident
    while kill -0 "$child" 2>/dev/null; do
        resident=$(resident_mib "$child")
        if ((${resident:-0} > memory_mib)); then
            printf 'fuzz: killed at %s MiB, %s are allowed\n' "$resident" "$memory_mib"
            kill -KILL "$child" 2>/dev/null || true
        elif ((SECONDS >= deadline)); then
            printf 'fuzz: killed, it did not end within %s s\n' "$2"
            kill -KILL "$child" 2>/dev/null || true
        fi
        sleep 0.2
    done
    wait "$child"
}

report() {
    local fuzzer=$1 log=$2 findings=$3 slip=$4 status=$5 found=$findings/in-hand-$(date -u +%Y%m%dT%H%M%S)
    input_in_hand "$slip" >"$found" || rm -f "$found"
    printf '\nfuzz: %s ended with status %s\n' "$fuzzer" "$status"
    grep -aEv '^#[0-9]' "$log" | tail -n 60 || true
    if [[ -f $found ]]; then
        printf 'fuzz: the input, %s bytes, is in %s:\n' "$(stat -c %s "$found")" "$found"
        head -c 1024 "$found" | od -A d -t x1z | head -n 64
    fi
}

run() {
    local fuzzer=$1 limit=$2
    shift 2
    [[ -x $binaries/$fuzzer ]] || fail "there is no $binaries/$fuzzer: make fuzz builds it"
    local corpus=$work/corpus/$fuzzer findings=$work/findings/$fuzzer log=$work/$fuzzer.log slip=$work/$fuzzer.input status=0
    mkdir -p "$corpus" "$findings"
    rm -f "$slip"
    # Swift's own backtracer would wait for a debugger's worth of work; standard input and output belong to nobody.
    ASAN_OPTIONS=detect_leaks=0:handle_abort=1:allocator_may_return_null=1:suppressions=$root/Tests/Sanitizers/asan.supp \
        SWIFT_BACKTRACE=enable=no FLOTILLA_FUZZ_INPUT=$slip \
        "$binaries/$fuzzer" -artifact_prefix="$findings/" -timeout="$input_seconds" -rss_limit_mb="$memory_mib" "$@" \
        </dev/null >"$log" 2>&1 &
    guard $! "$limit" || status=$?
    if ((status != 0)); then
        report "$fuzzer" "$log" "$findings" "$slip" "$status"
        return 1
    fi
    printf 'fuzz: %-12s %s; corpus of %s\n' "$fuzzer" "$(grep -aE '^Done|^Executed' "$log" | tail -n 1)" "$(ls "$corpus" | wc -l)"
}

# Each planted fault must end the run with a finding: at once, by the time limit, by the memory limit.
check() {
    local word start took output inputs
    inputs=$(mktemp -d)
    for word in crash hang eat; do
        printf '%s by plan' "$word" >"$inputs/$word"
        start=$SECONDS
        memory_mib=512
        if output=$(run PlantedFuzz 8 -runs=1 "$inputs/$word" 2>&1); then fail "the planted $word was not noticed"; fi
        took=$((SECONDS - start))
        ((took <= 20)) || fail "the planted $word held the run up for $took s"
        grep -q "$word by plan" <<<"$output" || fail "the input of the planted $word was not printed: $output"
        printf 'fuzz: the planted %s ended its run after %s s, and its input was kept\n' "$word" "$took"
    done
    rm -rf "$inputs"
}

while [[ ${1-} == --* ]]; do
    case $1 in
    --seconds) seconds=$2 ;;
    --seed) seed=$2 ;;
    --work) work=$2 ;;
    --memory-mib) memory_mib=$2 ;;
    *) fail "what is $1?" ;;
    esac
    shift 2
done
(($# >= 2)) || fail 'usage: fuzz.sh [--seconds N] [--seed N] [--work DIR] [--memory-mib N] BIN_DIR FUZZER… | --check'
[[ $seconds =~ ^[1-9][0-9]*$ ]] || fail "--seconds $seconds: a whole number from 1 is needed"
# 0 takes another one each time.
[[ $seed =~ ^[0-9]+$ ]] || fail "--seed $seed: a whole number is needed"
binaries=$1
shift
mkdir -p "$work"
if [[ $1 == --check ]]; then
    check
    exit
fi
failed=()
for fuzzer in "$@"; do
    # What was once found, then what was committed and found since, mutated.
    seeds=$root/Tests/Fuzz/Corpus/$fuzzer
    run "$fuzzer" $((seconds + grace_seconds)) -seed="$seed" -max_total_time="$seconds" -max_len=16384 -print_final_stats=1 \
        "$work/corpus/$fuzzer" "$seeds" || failed+=("$fuzzer")
done
((${#failed[@]} == 0)) || {
    printf 'fuzz: findings of %s\n' "${failed[*]}" >&2
    exit 1
}
