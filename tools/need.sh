#!/bin/sh
# need.sh SET: makes sure that the packages of SET (build, run, debug, test, fuzz, format) are there.
#
# On Debian and its kin the missing ones are installed with apt-get, as root or by sudo. Elsewhere
# the missing programs are named with the Debian packages they come from, and the exit status is 1.
# Only a shell may be assumed. When nothing is missing it says nothing and takes a few milliseconds.
set -eu

# A line is: package, then a program or file of it by which other systems are judged.
packages_build() {
    if [ "$(uname -m)" != x86_64 ]; then
        echo "gcc-x86-64-linux-gnu x86_64-linux-gnu-gcc"
        echo "binutils-x86-64-linux-gnu x86_64-linux-gnu-ld"
    fi
    echo "make make"
    echo "gcc gcc"
    echo "binutils ld"
    echo "libc6-dev /usr/include/elf.h"
    echo "uthash-dev /usr/include/uthash.h"
    echo "console-setup-linux /usr/share/consolefonts/Uni2-VGA16.psf.gz"
    echo "grub-common grub-mkrescue"
    echo "grub-pc-bin /usr/lib/grub/i386-pc/boot.img"
    echo "grub-efi-amd64-bin /usr/lib/grub/x86_64-efi/normal.mod"
    echo "xorriso xorriso"
    echo "mtools mformat"
}

packages_run() {
    packages_build
    echo "qemu-system-x86 qemu-system-x86_64"
    if [ -n "${DISPLAY-}${WAYLAND_DISPLAY-}" ]; then
        echo "qemu-system-gui qemu-system-x86_64"
    fi
}

packages_debug() {
    packages_run
    echo "gdb gdb"
}

packages_format() {
    echo "clang-format clang-format"
}

packages_test() {
    packages_build
    packages_format
    echo "qemu-system-x86 qemu-system-x86_64"
    echo "gdb gdb"
    echo "ovmf /usr/share/OVMF/OVMF_CODE_4M.fd"
    echo "bochs bochs"
    echo "bochs-term /usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so"
    echo "bochsbios /usr/share/bochs/BIOS-bochs-latest"
    echo "vgabios /usr/share/vgabios/vgabios.bin"
    echo "clang clang"
    echo "lld ld.lld"
    echo "llvm llvm-ar"
    echo "g++-multilib /usr/lib32/libc.a"
    echo "libcmocka-dev /usr/include/cmocka.h"
    echo "python3 /usr/bin/python3"
    echo "python3-pytest pytest-3"
    echo "python3-pytest-xdist /usr/lib/python3/dist-packages/xdist/__init__.py"
    echo "python3-pexpect /usr/lib/python3/dist-packages/pexpect/__init__.py"
    # What the package of unicorn leaves out.
    echo "python3-distutils /usr/bin/python3"
    echo "python3-unicorn /usr/lib/python3/dist-packages/unicorn/__init__.py"
    echo "python3-pyelftools /usr/lib/python3/dist-packages/elftools/__init__.py"
}

# LLVM's fuzzer, and its tools that merge and show coverage.
packages_fuzz() {
    packages_test
    echo "libclang-rt-14-dev /usr/lib/llvm-14/lib/clang/14.0.6/lib/linux/libclang_rt.fuzzer-x86_64.a"
    echo "llvm llvm-cov"
}

missing_debian() {
    names=$("packages_$1" | sed 's/ .*//')
    # shellcheck disable=SC2086 # one argument a name
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $names 2>/dev/null |
        sed -n 's/^installed //p')
    for name in $names; do
        case "
$installed
" in
        *"
$name
"*) ;;
        *) echo "$name" ;;
        esac
    done
}

missing_elsewhere() {
    "packages_$1" | while read -r package program; do
        command -v "$program" >/dev/null 2>&1 || [ -e "$program" ] ||
            echo "  $program (Debian package $package)"
    done
}

install_debian() {
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null 2>&1 || {
            echo "These packages are missing and there is no sudo; install them as root:" >&2
            echo "  apt-get install --no-install-recommends $*" >&2
            exit 1
        }
        as_root="sudo"
    fi
    echo "Installing missing packages with ${as_root:+$as_root }apt-get:" "$@"
    options="-o DPkg::Lock::Timeout=300"
    # shellcheck disable=SC2086 # several words each
    {
        $as_root apt-get $options -qq update
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get $options -qq -y install \
            --no-install-recommends "$@"
    } </dev/null || {
        echo "apt-get failed; install these packages by hand and try again: $*" >&2
        exit 1
    }
}

if command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
    missing=$(missing_debian "$1")
    # shellcheck disable=SC2086 # one argument a name
    [ -z "$missing" ] || install_debian $missing
else
    missing=$(missing_elsewhere "$1")
    if [ -n "$missing" ]; then
        printf 'These are needed and missing:\n%s\n' "$missing" >&2
        exit 1
    fi
fi
