#!/bin/bash
# Generates the Swift of proto/flotilla/v1/*.proto, or verifies that the committed Swift belongs to those files.
#
#   proto.sh generate PROTOC_GEN_SWIFT
#   proto.sh verify
#
# Each generated file ends with the checksum of its source, so that verifying needs neither protoc nor a build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
shopt -s nullglob

sources=(proto/flotilla/v1/*.proto)
target=Sources/Wire/Generated
mark='// Checksum of the source (SHA-256):'

fail() {
    printf 'proto: %s\n' "$*" >&2
    exit 1
}

generated_from() { printf '%s/%s.pb.swift' "$target" "$(basename "$1" .proto)"; }
checksum() { sha256sum "$1" | cut -d ' ' -f 1; }
recorded() { sed -n "s|^$mark ||p" "$1"; }

generate() {
    command -v protoc >/dev/null || fail 'protoc is missing: apt-get install protobuf-compiler'
    ((${#sources[@]})) || fail 'there is no proto/flotilla/v1/*.proto'
    mkdir -p "$target"
    rm -f "$target"/*.pb.swift
    # The plug-in's package brings Google's own files (struct, duration, timestamp).
    local google
    google="$(dirname "$1")/../../checkouts/swift-protobuf/Protos/Sources/SwiftProtobuf"
    protoc --plugin=protoc-gen-swift="$1" --proto_path=proto --proto_path="$google" --swift_out="$target" \
        --swift_opt=Visibility=Package --swift_opt=UseAccessLevelOnImports=true --swift_opt=FileNaming=DropPath \
        "${sources[@]}"
    # Strict memory safety asks for the mark; the generator (1.39) does not write it yet.
    sed -i 's/= _StorageClass\.defaultInstance$/= unsafe _StorageClass.defaultInstance/' "$target"/*.pb.swift
    local source
    for source in "${sources[@]}"; do
        printf '\n%s %s\n' "$mark" "$(checksum "$source")" >>"$(generated_from "$source")"
    done
    printf 'proto: %d files in %s\n' "${#sources[@]}" "$target"
}

verify() {
    local source file wrong=0
    for source in "${sources[@]}"; do
        file=$(generated_from "$source")
        if [[ ! -f $file ]]; then
            printf 'proto: %s has no %s; run "make proto"\n' "$source" "$file" >&2
            wrong=1
        elif [[ $(recorded "$file") != "$(checksum "$source")" ]]; then
            printf 'proto: %s is not made from this %s; run "make proto"\n' "$file" "$source" >&2
            wrong=1
        fi
    done
    for file in "$target"/*.pb.swift; do
        [[ -f proto/flotilla/v1/$(basename "$file" .pb.swift).proto ]] && continue
        printf 'proto: %s has no source in proto/flotilla/v1\n' "$file" >&2
        wrong=1
    done
    ((wrong == 0)) || exit 1
    printf 'proto: %d sources, each with its Swift\n' "${#sources[@]}"
}

case ${1:-} in
    generate) generate "${2:?the path of protoc-gen-swift}" ;;
    verify) verify ;;
    *) fail 'usage: proto.sh generate PROTOC_GEN_SWIFT | verify' ;;
esac
