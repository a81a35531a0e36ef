# SPDX-License-Identifier: MIT
# make install DESTDIR= PREFIX=: daemons, library, headers, pkg-config file, systemd units, man pages.

SBINDIR ?= $(PREFIX)/sbin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
UNITDIR ?= $(LIBDIR)/systemd/system
INSTALL := install
substitute = sed -e 's|@SBINDIR@|$(SBINDIR)|g' -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@LIBDIR@|$(LIBDIR)|g' \
	-e 's|@INCLUDEDIR@|$(INCLUDEDIR)|g' -e 's|@VERSION@|$(VERSION)|g' -e 's|@LIBRARIES@|$(LIBRARIES)|g'

.PHONY: install
install: all ## into DESTDIR and PREFIX (/usr/local)
	$(INSTALL) -d $(addprefix $(DESTDIR),$(SBINDIR) $(LIBDIR)/pkgconfig $(INCLUDEDIR)/poly $(MANDIR)/man8 $(UNITDIR))
	$(INSTALL) -m 755 $(DAEMONS:%=$(BUILD)/bin/%) $(DESTDIR)$(SBINDIR)
	$(INSTALL) -m 644 libpolyshared/include/poly/*.h $(DESTDIR)$(INCLUDEDIR)/poly
	$(INSTALL) -m 644 $(LIB) $(DESTDIR)$(LIBDIR)
	$(INSTALL) -m 755 $(SHARED_LIB) $(DESTDIR)$(LIBDIR)/libpolyshared.so.$(VERSION)
	ln -sf libpolyshared.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libpolyshared.so
	$(substitute) deploy/pkgconfig/polyshared.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/polyshared.pc
	for daemon in $(DAEMONS); do \
		for unit in $$daemon.service $$daemon.socket; do $(substitute) deploy/systemd/$$unit > $(DESTDIR)$(UNITDIR)/$$unit || exit 1; done; \
		$(INSTALL) -m 644 docs/man/$$daemon.8 $(DESTDIR)$(MANDIR)/man8 || exit 1; done
