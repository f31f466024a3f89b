# SPDX-License-Identifier: GPL-2.0-or-later
# The front door: Kbuild builds the module, Meson (in daemon/ and tests/) the programs, scripts/ runs what needs a machine.
# `make help` lists the targets.

MAKEFLAGS += --no-print-directory
# Not every user has the last two in it.
export PATH := $(PATH):/usr/sbin:/sbin
Q := $(if $(V),,@)
say = @printf '  %-8s %s\n' '$(1)' '$(2)'

build := build
module_sources := Kbuild $(wildcard kernel/*.[ch] kernel/tests/*.[ch] include/uapi/drm/*.h)
# Debian's kernels whose headers are installed.
kernels = $(notdir $(wildcard /usr/src/linux-headers-*-amd64))
kernels := $(patsubst linux-headers-%,%,$(kernels))
jobs := -j$(shell nproc)
meson_quiet = >$(build)/$(1).log 2>&1 || { cat $(build)/$(1).log; exit 1; }
meson_quiet_at = >$(1).log 2>&1 || { cat $(1).log; exit 1; }

.PHONY: all module daemon tests help clean
all: module daemon

help:
	@echo 'make                 build the module (for the kernels whose headers are installed) and the programs'
	@echo 'make module          only the module: build/module/KERNEL/miracast.ko'
	@echo 'make module KDIR=DIR the module for the kernel whose headers lie in DIR: build/module/custom/miracast.ko'
	@echo 'make daemon          only the programs'
	@echo 'make demo            a desktop cast to a receiver in a throw-away guest; leaves demo/desktop.png, tv.png, tv.mp4'
	@echo 'make demo-window     the same, with the receiver'"'"'s picture shown live'
	@echo 'make check           all tests that fit into an hour; installs what they need'
	@echo 'make check-unit      unit tests: KUnit in User-mode Linux, the programs'"'"' here'
	@echo 'make check-uml       the module and casts in User-mode Linux, with real compositors'
	@echo 'make check-vm        the module on stock kernels in QEMU, and a whole machine with systemd, logind and polkit'
	@echo 'make check-kasan     the module under KASAN and lockdep'
	@echo 'make check-igt       the kernel graphics tests (IGT) that take seconds, on the module'
	@echo 'make check-fuzz      the parsers, fuzzed'
	@echo 'make check-all       everything, with the long runs'
	@echo 'make bench           latency and cost beside a reference; see tests/bench/README.md'
	@echo 'sudo make install    the module for the running kernel, the programs, and what the system needs to know of them;'
	@echo '                     DESTDIR=DIR for packages; make uninstall takes it all away'
	@echo 'make deb             the Debian packages miracast and miracast-dkms: build/deb'
	@echo 'make clean           remove build/'

# --- the module ---------------------------------------------------------------------------------

# module_for NAME KDIR [WORDS FOR MAKE]: out-of-tree builds write beside their sources, so each kernel gets a copy of them.
define module_for
	$(call say,MODULE,$(1))
	$(Q)mkdir -p $(build)/module/$(1) && cp -au Kbuild kernel include $(build)/module/$(1)/
	$(Q)$(MAKE) -s -C $(2) M=$(CURDIR)/$(build)/module/$(1) W=1 $(3) modules 2>$(build)/module/$(1)/log || { cat $(build)/module/$(1)/log; exit 1; }
	@# No vmlinux beside Debian's headers: not having type information is no defect of ours.
	@! grep -v 'Skipping BTF generation' $(build)/module/$(1)/log
endef

ifdef KDIR
CUSTOM ?= custom
module: $(build)/module/$(CUSTOM)/miracast.ko ; @:
$(build)/module/$(CUSTOM)/miracast.ko: $(module_sources)
	$(call module_for,$(CUSTOM),$(KDIR))
else
module: $(kernels:%=$(build)/module/%/miracast.ko)
	@:
ifeq ($(kernels),)
	$(Q)scripts/deps module
	$(Q)$(MAKE) module
endif
endif

$(build)/module/uml-fast/miracast.ko: $(module_sources) scripts/uml $(wildcard scripts/kconfig/*)
	$(Q)scripts/uml --build
	$(call module_for,uml-fast,$$(scripts/uml --build-dir),ARCH=um MIRACAST_KUNIT=1)

$(build)/module/uml-kasan/miracast.ko: $(module_sources) scripts/uml $(wildcard scripts/kconfig/*)
	$(Q)scripts/uml --kasan --build
	$(call module_for,uml-kasan,$$(scripts/uml --kasan --build-dir),ARCH=um MIRACAST_KUNIT=1)

$(build)/module/%/miracast.ko: $(module_sources)
	$(call module_for,$*,/usr/src/linux-headers-$*)

# --- the programs -------------------------------------------------------------------------------

daemon: $(build)/daemon/build.ninja
	$(call say,PROGRAMS,build/daemon)
	$(Q)ninja -C $(build)/daemon $(call meson_quiet,daemon)

$(build)/daemon/build.ninja: | $(build)
	$(Q)scripts/deps daemon
	$(Q)meson setup $(build)/daemon daemon $(call meson_quiet,daemon)

tests: $(build)/tests/build.ninja
	$(call say,TESTS,build/tests)
	$(Q)ninja -C $(build)/tests $(call meson_quiet,tests)

$(build)/tests/build.ninja: | $(build)
	$(Q)scripts/deps test
	$(Q)meson setup $(build)/tests tests $(call meson_quiet,tests)

$(build):
	@mkdir -p $@

# --- installing ---------------------------------------------------------------------------------

.PHONY: install uninstall deb
version := $(shell sed -n "s/.*version: '\([0-9.]*\)'.*/\1/p" daemon/meson.build | head -n 1)
# DESTDIR gets the module of every kernel that it was built for, this machine that of its own.
install_kernels = $(if $(DESTDIR),$(kernels),$(shell uname -r))
# With DKMS the module follows the kernel's updates (and is signed); without it a copy is made for this kernel.
dkms := $(shell PATH="$$PATH:/usr/sbin:/sbin"; command -v dkms)
dkms_source := /usr/src/miracast-$(version)
conf := /etc/miracast/miracastd.conf

install: all
ifeq ($(and $(dkms),$(if $(DESTDIR),,yes)),)
	$(foreach k,$(install_kernels),$(if $(wildcard $(build)/module/$k/miracast.ko),,$(error no module was built for $k: \
		install its headers (apt-get install linux-headers-$k), then make)))
	$(Q)for k in $(install_kernels); do install -D -m 644 $(build)/module/$$k/miracast.ko $(DESTDIR)/lib/modules/$$k/updates/miracast.ko; done
else
	$(Q)! dkms status miracast/$(version) | grep -q . || dkms remove miracast/$(version) --all >/dev/null
	$(Q)rm -rf $(dkms_source) && mkdir -p $(dkms_source) && cp -r Kbuild kernel include $(dkms_source)/ && rm -rf $(dkms_source)/kernel/tests
	$(Q)sed 's/#MODULE_VERSION#/$(version)/' kernel/dkms.conf >$(dkms_source)/dkms.conf
	$(Q)for k in $(install_kernels); do dkms install miracast/$(version) -k $$k >$(build)/dkms.log 2>&1 || { cat $(build)/dkms.log; exit 1; }; done
endif
	$(call say,INSTALL,the module for $(install_kernels))
	@# What the user has changed there stays.
	$(Q)rm -f $(build)/kept.conf; [ ! -e $(DESTDIR)$(conf) ] || cp -p $(DESTDIR)$(conf) $(build)/kept.conf
	$(Q){ DESTDIR=$(abspath $(DESTDIR)) meson install --no-rebuild -C $(build)/daemon $(call meson_quiet,install); }; rc=$$?; \
		[ ! -e $(build)/kept.conf ] || mv $(build)/kept.conf $(DESTDIR)$(conf); exit $$rc
	$(call say,INSTALL,the programs)
ifeq ($(DESTDIR),)
	$(Q)for k in $(install_kernels); do depmod $$k; done
	$(Q)systemd-sysusers miracast.conf
	@# udev keeps what it has read while the file is the same: a rule read before the user was there would stay without an owner.
	$(Q)touch /usr/lib/udev/rules.d/72-miracast.rules
	-$(Q)udevadm control --reload 2>/dev/null; systemctl daemon-reload 2>/dev/null; systemctl reload dbus 2>/dev/null; true
	$(Q)scripts/secure-boot
	@echo '  Now: miracastctl doctor; miracastctl list; miracastctl connect "NAME"'
endif

uninstall: | $(build)
	$(Q)rm -f $(build)/kept.conf; [ ! -e $(DESTDIR)$(conf) ] || cmp -s daemon/data/miracastd.conf $(DESTDIR)$(conf) || cp -p $(DESTDIR)$(conf) $(build)/kept.conf
	-$(Q)[ -n "$(DESTDIR)" ] || systemctl stop miracastd 2>/dev/null; true
	-$(Q)[ -n "$(DESTDIR)" ] || rmmod miracast 2>/dev/null; true
	$(Q)sed -n '/^[^#]/p' $(build)/daemon/meson-logs/install-log.txt 2>/dev/null | while read -r f; do [ -d "$$f" ] || rm -f "$$f"; done
	$(Q)[ ! -e $(build)/kept.conf ] || { mv $(build)/kept.conf $(DESTDIR)$(conf) && echo '  KEPT     $(DESTDIR)$(conf): it was changed'; }
	$(Q)[ -n "$(DESTDIR)" ] || [ -z "$(dkms)" ] || ! dkms status miracast/$(version) | grep -q . || dkms remove miracast/$(version) --all >/dev/null
	$(Q)[ -n "$(DESTDIR)" ] || rm -rf $(dkms_source)
	$(Q)rm -f $(DESTDIR)/lib/modules/*/updates/miracast.ko
	$(Q)for d in usr/libexec/miracast etc/miracast; do [ ! -d $(DESTDIR)/$$d ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)/$$d; done
	$(Q)[ -n "$(DESTDIR)" ] || for k in $(install_kernels); do depmod $$k; done
	-$(Q)[ -n "$(DESTDIR)" ] || systemctl daemon-reload 2>/dev/null; true

# The Debian packages, built from a copy; into build/deb.
deb:
	$(Q)scripts/deps daemon package
	$(Q)rm -rf $(build)/deb && mkdir -p $(build)/deb/source
	$(Q)tar -c --exclude=./build --exclude=./demo --exclude=./.git --exclude=__pycache__ . | tar -x -C $(build)/deb/source
	$(call say,PACKAGES,build/deb)
	$(Q)cd $(build)/deb/source && dpkg-buildpackage -us -uc -b $(call meson_quiet_at,../../deb)
	$(Q)rm -rf $(build)/deb/source

# --- tests --------------------------------------------------------------------------------------

.PHONY: demo check check-all check-unit check-uml check-kasan check-vm check-igt check-fuzz check-module bench
rig_deps: ; $(Q)scripts/deps uml vm test module daemon package
.PHONY: rig_deps

check-unit: rig_deps $(build)/module/uml-fast/miracast.ko daemon tests
	$(Q)scripts/check unit
check-uml: rig_deps deb module $(build)/module/uml-fast/miracast.ko daemon tests
	$(Q)scripts/check uml
check-kasan: rig_deps $(build)/module/uml-kasan/miracast.ko daemon tests
	$(Q)scripts/check kasan
check-vm: rig_deps deb module daemon tests
	$(Q)scripts/check vm
check-igt: rig_deps $(build)/module/uml-fast/miracast.ko tests
	$(Q)scripts/check igt
check-fuzz: rig_deps
	$(Q)scripts/check fuzz
check-module: rig_deps deb
	$(Q)scripts/check module
check: rig_deps deb module $(build)/module/uml-fast/miracast.ko $(build)/module/uml-kasan/miracast.ko daemon tests
	$(Q)scripts/check module unit uml vm igt fuzz kasan
check-all: rig_deps deb module $(build)/module/uml-fast/miracast.ko $(build)/module/uml-kasan/miracast.ko daemon tests
	$(Q)MC_LONG=1 scripts/check module unit uml vm igt fuzz kasan
	$(Q)$(MAKE) bench
bench: rig_deps $(build)/module/uml-fast/miracast.ko daemon tests
	$(Q)tests/bench/run

.PHONY: demo-window
demo demo-window: demo%: daemon
	$(Q)scripts/deps module vm demo
	$(Q)$(MAKE) module
	$(Q)scripts/demo $(if $*,--window)

clean:
	$(call say,CLEAN,$(build))
	$(Q)rm -rf $(build)
