package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.testing.Trixie;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients of a newer Debian speak extended headers: lengths beyond 4 GiB go over the wire. */
@Tag("peer")
@Timeout(300)
class ExtendedHeadersIT {
  private static final String BLOCKS =
      """
      stores: { disk: { kind: files, path: volumes } }
      volumes: { huge: { store: disk, size: 8GiB } }
      modules:
        nbd:
          listen: "unix:nbd.sock"
          exports: { huge: { volume: huge } }
      """;

  private Trixie.Folder folder = new Trixie.Folder(Path.of("nowhere"));
  private PackagedGateway gateway = PackagedGateway.unstarted();

  @BeforeEach
  void startGateway() {
    folder = Trixie.folder();
    gateway = PackagedGateway.serving(folder.path(), BLOCKS).start();
  }

  @AfterEach
  void stopGateway() {
    gateway.close();
    folder.close();
  }

  @Test
  void nbdinfoFindsExtendedHeadersAndMapsTheWholeVolumeAtOnce() {
    assertThat(Peer.run(Trixie.command("nbdinfo", uri())).out())
        .contains("using extended packets", "export-size: 8589934592", "base:allocation");
    assertThat(Peer.run(Trixie.command("nbdinfo", "--map", uri())).out().strip())
        .matches("0 +8589934592 +3 +hole,zero");
  }

  @Test
  void libnbdTrimsZeroesAndAsksAboutMoreThanFourGibibytesInOneRequest() {
    String said =
        Trixie.python(
                """
                import sys, nbd
                h = nbd.NBD()
                h.add_meta_context(nbd.CONTEXT_BASE_ALLOCATION)
                h.connect_uri(sys.argv[1])
                assert h.get_extended_headers_negotiated()
                assert h.get_protocol() == "newstyle-fixed"
                size = h.get_size()
                assert size == 8 << 30, size

                def status(count, offset, flags=0):
                    found = []
                    def extent(context, at, entries, error):
                        found.extend(entries)
                    h.block_status_64(count, offset, extent, flags)
                    return found

                assert status(size, 0) == [(size, 3)], status(size, 0)
                # data on both sides of 4 GiB
                h.pwrite(b"a" * 65536, 1 << 20)
                h.pwrite(b"b" * 65536, 5 << 30, nbd.CMD_FLAG_FUA)
                assert h.pread(4, (5 << 30) + 65532) == b"bbbb"
                assert status(size, 0) == [
                    (1 << 20, 3), (65536, 0), ((5 << 30) - (1 << 20) - 65536, 3), (65536, 0),
                    ((3 << 30) - 65536, 3)], status(size, 0)
                assert status(size, 0, nbd.CMD_FLAG_REQ_ONE) == [(1 << 20, 3)]
                # one request, and what is before it stays
                h.zero((6 << 30), 2 << 20)
                assert h.pread(4, 5 << 30) == bytearray(4)
                assert h.pread(4, 1 << 20) == b"aaaa"
                h.pwrite(b"c" * 4096, 7 << 30)
                h.trim(size, 0)
                assert status(size, 0) == [(size, 3)], status(size, 0)
                h.cache(size, 0)
                # past the end, by a little and by a lot
                h.set_strict_mode(0)
                for offset, count in ((0, size + 1), (size - 1, 1 << 40), (2**63, 1), (512, 2**63)):
                    for call in (h.trim, h.zero, h.cache):
                        try:
                            call(count, offset)
                        except nbd.Error as e:
                            assert e.errno in ("EINVAL", "ENOSPC"), (call, offset, count, e)
                        else:
                            raise AssertionError((call, offset, count))
                assert h.pread(4, 1 << 20) == bytearray(4)
                h.shutdown()
                print("all done")
                """,
                uri())
            .out();

    assertThat(said).contains("all done");
  }

  @Test
  void nbdcopyKeepsHolesOverFourConnections() throws Exception {
    try (var file = new RandomAccessFile(folder.file("source").toFile(), "rw")) {
      file.setLength(8L << 30);
      for (long at : new long[] {0, 3L << 30, (7L << 30) + 12_345}) {
        file.seek(at);
        file.writeBytes("penstock".repeat(100_000));
      }
    }
    Peer.run(
        Trixie.command("nbdcopy", "--connections=4", "--flush", folder.inside("source"), uri()));
    Peer.run(Trixie.command("nbdcopy", "--connections=4", uri(), folder.inside("back")));

    // Only what is no hole is compared: both have the same few mebibytes of it.
    Peer.Result compared =
        Peer.run(
            Trixie.command(
                "qemu-img",
                "compare",
                "-f",
                "raw",
                "-F",
                "raw",
                folder.inside("source"),
                folder.inside("back")));
    assertThat(compared.out()).contains("Images are identical");
    assertThat(gateway.file("volumes")).satisfies(ExtendedHeadersIT::isSparse);
  }

  @Test
  void qemuNegotiatesThemAndReadsThePatternsItWrote() {
    Peer.Result io =
        Peer.run(
            Trixie.command(
                "qemu-io",
                "-T",
                "nbd_receive_option_reply",
                "-f",
                "raw",
                "-c",
                "write -P 0xab 5G 1M",
                "-c",
                "write -z -u 5G 64k",
                "-c",
                "discard 0 1G",
                "-c",
                "write -P 0xcd 6G 12345",
                "-c",
                "flush",
                "-c",
                "read -P 0 5G 64k",
                "-c",
                "read -P 0xab 5368774656 960k",
                "-c",
                "read -P 0xcd 6G 12345",
                uri()));

    assertThat(io.text()).contains("(extended headers), type 1").doesNotContain("failed");
    assertThat(Peer.run(Trixie.command("qemu-img", "map", "--output=json", uri())).out())
        .contains("\"start\": 6442450944");
  }

  private static void isSparse(Path folder) {
    String kibibytes = Peer.run("du", "-sk", folder).out().split("\\s", 2)[0];
    assertThat(Integer.parseInt(kibibytes)).isLessThan(16 << 10);
  }

  private String uri() {
    return "nbd+unix:///huge?socket=" + folder.inside("nbd.sock");
  }
}
