package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.Peer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real clients are the specification that users have. */
@Tag("peer")
class RealClientsTest {
  /** No multiple of what clients ask for: the last request is short. */
  private static final int SIZE_BYTES = (5 << 20) + 512;

  @TempDir Path dir;
  private final MemoryVolume demo = MemoryVolume.named("demo", SIZE_BYTES);
  private TestServer server;

  @BeforeEach
  void start() {
    server = TestServer.onUnixSocket(dir.resolve("nbd.sock"), demo);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void nbdinfoSeesTheExportAsItIs() {
    assertThat(Peer.run("nbdinfo", "--json", server.uri("demo")).out())
        .contains("\"export-size\": " + SIZE_BYTES)
        .contains("\"structured\": true")
        .contains("\"base:allocation\"")
        .contains("\"can_multi_conn\": true")
        .contains("\"can_fua\": true")
        .contains("\"can_trim\": true")
        .contains("\"can_zero\": true")
        .contains("\"can_fast_zero\": true")
        .contains("\"can_cache\": true")
        .contains("\"can_df\": true")
        .contains("\"is_read_only\": false")
        .contains("\"block_size_minimum\": 1")
        .contains("\"block_size_preferred\": 4096")
        .contains("\"block_size_maximum\": 33554432");
  }

  @Test
  void nbdinfoListsTheExports() {
    assertThat(Peer.run("nbdinfo", "--list", server.uri("")).out())
        .contains("export=\"demo\"")
        .contains("description: a demo")
        .contains("export=\"frozen\"")
        .contains("is_read_only: true");
  }

  @Test
  void nbdinfoMapsHolesAndData() {
    demo.write(1 << 20, java.nio.ByteBuffer.wrap(ServingTest.pattern(1 << 20)));
    assertThat(Peer.run("nbdinfo", "--map", server.uri("demo")).out().lines())
        .map(line -> line.strip().replaceAll(" +", " "))
        .containsExactly(
            "0 1048576 3 hole,zero", "1048576 1048576 0 data", "2097152 3146240 3 hole,zero");
  }

  @Test
  void nbdcopyCopiesThereAndBackOverFourConnections() throws Exception {
    Path source = Files.write(dir.resolve("source"), ServingTest.pattern(SIZE_BYTES));
    Path back = dir.resolve("back");
    Peer.run("nbdcopy", "--connections=4", "--flush", source, server.uri("demo"));
    Peer.run("nbdcopy", "--connections=4", server.uri("demo"), back);

    assertThat(Files.mismatch(source, back)).isEqualTo(-1L);
    assertThat(demo.afterPowerCut()).isEqualTo(Files.readAllBytes(source));
  }

  @Test
  void qemuImgConvertsAndCompares() throws Exception {
    byte[] whole = ServingTest.pattern(SIZE_BYTES);
    java.util.Arrays.fill(whole, 1 << 20, 3 << 20, (byte) 0);
    Path source = Files.write(dir.resolve("source"), whole);
    Peer.run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", source, server.uri("demo"));
    Peer.run("qemu-img", "compare", "-f", "raw", "-F", "raw", source, server.uri("demo"));
    assertThat(demo.content()).isEqualTo(whole);
  }

  @Test
  void qemuIoWritesAndVerifiesPatterns() {
    var io =
        Peer.run(
            "qemu-io",
            "-f",
            "raw",
            "-c",
            "write -P 0xab 512 70000",
            "-c",
            "read -P 0xab 512 70000",
            "-c",
            "write -z -u 4096 8192",
            "-c",
            "read -P 0 4096 8192",
            "-c",
            "discard 65536 65536",
            "-c",
            "flush",
            server.uri("demo"));
    assertThat(io.text()).doesNotContain("failed").doesNotContain("verification");
  }

  @Test
  void fioVerifiesWhatFourJobsWrote() {
    // The nbd engine is chosen before its address: options are read from left to right.
    var fio =
        Peer.run(
            "fio",
            "--verify_state_save=0",
            "--name=verify",
            "--ioengine=nbd",
            "--uri=" + server.uri("demo"),
            "--thread",
            "--rw=randwrite",
            "--bs=4k",
            "--size=1m",
            "--offset_increment=1m",
            "--numjobs=4",
            "--iodepth=16",
            "--verify=crc32c",
            "--verify_fatal=1",
            "--verify_state_save=0", // it would go into the folder that the test runs in
            "--do_verify=1",
            "--output=" + dir.resolve("fio.out"));
    assertThat(fio.text()).doesNotContain("verify failed");
  }

  @Test
  void libnbdAgreesOnEveryStepOfTheProtocol() {
    Peer.python(
        """
        import errno, sys
        import nbd

        def refused(number, call, *args):
            try:
                call(*args)
            except nbd.Error as e:
                assert e.errnum == number, (number, e)
                return
            raise AssertionError("not refused")

        h = nbd.NBD()
        h.add_meta_context(nbd.CONTEXT_BASE_ALLOCATION)
        h.set_strict_mode(0)
        h.connect_uri(sys.argv[1])
        size = h.get_size()
        assert h.get_structured_replies_negotiated()
        assert h.can_meta_context(nbd.CONTEXT_BASE_ALLOCATION)

        # structured reads, unaligned
        h.pwrite(b"penstock" * 512, 1021)
        assert h.pread(4096, 1021) == b"penstock" * 512
        chunks = []
        def chunk(data, offset, status, error):
            chunks.append((offset, len(data), status))
        h.pread_structured(65536, 0, chunk, nbd.CMD_FLAG_DF)
        assert chunks == [(0, 65536, nbd.READ_DATA)], chunks

        # block status after trim, and zeroes with and without holes
        def status(count, offset, flags=0):
            found = []
            def extent(context, at, entries, error):
                found.extend(entries)
            h.block_status(count, offset, extent, flags)
            return list(zip(found[0::2], found[1::2]))
        h.pwrite(b"x" * 32768, 65536)
        h.trim(8192, 65536)
        assert status(32768, 65536) == [(8192, 3), (24576, 0)], status(32768, 65536)
        h.zero(4096, 81920, nbd.CMD_FLAG_NO_HOLE)
        assert status(4096, 81920, nbd.CMD_FLAG_REQ_ONE) == [(4096, 2)]
        h.zero(4096, 86016, nbd.CMD_FLAG_FAST_ZERO)
        assert h.pread(4096, 86016) == bytearray(4096)
        h.cache(4096, 0)

        # durable
        h.pwrite(b"y" * 512, 200000, nbd.CMD_FLAG_FUA)
        h.flush()

        # refused, and the connection usable
        refused(errno.EINVAL, h.pread, 1024, size - 512)
        refused(errno.ENOSPC, h.pwrite, b"z" * 1024, size - 512)
        refused(errno.ENOSPC, h.zero, 1024, size - 512)
        refused(errno.EINVAL, h.trim, 1024, size - 512)
        refused(errno.EINVAL, h.pread, 33554433, 0)
        assert h.pread(8, 1021) == b"penstock"
        h.shutdown()

        r = nbd.NBD()
        r.set_strict_mode(0)
        r.connect_uri(sys.argv[2])
        assert r.is_read_only()
        refused(errno.EPERM, r.pwrite, b"z" * 512, 0)
        refused(errno.EPERM, r.trim, 512, 0)
        refused(errno.EPERM, r.zero, 512, 0)
        assert r.pread(8, 1021) == b"penstock"
        r.shutdown()
        """,
        server.uri("demo"),
        server.uri("frozen"));
  }
}
