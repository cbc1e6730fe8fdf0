#!/bin/sh
# Writes Sources/Wire/Generated from proto/flotilla/v1. Needs protoc (Debian: protobuf-compiler); builds the Swift plug-in once.
# BUILD names the scratch folder of `swift build` (default .build).
set -eu
cd "$(dirname "$0")/../.."
build="${BUILD:-.build}"
out=Sources/Wire/Generated

FLOTILLA_ONLY=Wire swift build --product protoc-gen-swift --scratch-path "$build"
plugin="$(FLOTILLA_ONLY=Wire swift build --show-bin-path --scratch-path "$build")/protoc-gen-swift"

mkdir -p "$out"
rm -f "$out"/*.pb.swift
protoc \
    --proto_path=proto \
    --proto_path="$build/checkouts/swift-protobuf/Protos/Sources/SwiftProtobuf" \
    --plugin=protoc-gen-swift="$plugin" \
    --swift_opt=Visibility=Package \
    --swift_opt=UseAccessLevelOnImports=true \
    --swift_opt=FileNaming=DropPath \
    --swift_out="$out" \
    proto/flotilla/v1/*.proto

for source in proto/flotilla/v1/*.proto; do
    name="$(basename "$source")"
    file="$out/${name%.proto}.pb.swift"
    sum="$(sha256sum "$source" | cut -d' ' -f1)"
    { echo "// checksum of $name: $sum"; cat "$file"; } >"$file.new"
    mv "$file.new" "$file"
done
