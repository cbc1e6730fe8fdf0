#!/bin/bash
# Installs the Debian packages that Flotilla is built, run and tested with, where they are missing, and looks for Swift.
# System services are left as Debian leaves them: Flotilla's private servers use ports and folders of their own.
set -euo pipefail

build=(librabbitmq-dev libhiredis-dev libsnmp-dev libpq-dev protobuf-compiler)
run=(rabbitmq-server redis-server postgresql snmpd snmp)
tests=(python3-pika prometheus braa prometheus-snmp-exporter)

fail() {
    printf 'deps: %s\n' "$*" >&2
    exit 1
}

look_for_swift() {
    command -v swift >/dev/null || fail 'Swift is missing: install 6.2 or later from https://www.swift.org/install/linux/'
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    [[ $version ]] || fail 'cannot tell the version of Swift: does "swift --version" work?'
    if ((${version%.*} < 6 || (${version%.*} == 6 && ${version#*.} < 2))); then
        fail "Swift $version is too old: 6.2 or later is needed, see https://www.swift.org/install/linux/"
    fi
}

installed() {
    [[ $(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

install_missing() {
    command -v dpkg-query >/dev/null || fail "this is no Debian; install what these packages bring: ${build[*]} ${run[*]} ${tests[*]}"
    local missing=() package
    for package in "${build[@]}" "${run[@]}" "${tests[@]}"; do
        installed "$package" || missing+=("$package")
    done
    ((${#missing[@]})) || return 0

    local become=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "missing packages, and no sudo to install them as root: apt-get install ${missing[*]}"
        become=(sudo)
    fi
    printf 'deps: installing %s\n' "${missing[*]}"
    local install=("${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "${missing[@]}")
    "${install[@]}" || {
        # The lists may be older than the archive.
        "${become[@]}" apt-get update --quiet
        "${install[@]}" || fail "could not install: ${missing[*]}"
    }
}

look_for_swift
install_missing
