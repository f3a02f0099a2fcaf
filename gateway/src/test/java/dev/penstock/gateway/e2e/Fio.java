package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;

/** The load generator, as a client that checks what it wrote. */
final class Fio {
  private Fio() {}

  /** Four jobs write 16 MiB each, in pieces of any length, and read back what they wrote. */
  static void writesAndVerifies(String uri) {
    Peer.Result result =
        Peer.run(
            "fio",
            "--ioengine=nbd",
            "--uri=" + uri,
            "--name=verify",
            "--thread",
            "--numjobs=4",
            "--size=16m",
            "--offset_increment=16m",
            "--rw=randwrite",
            "--bsrange=512-256k",
            "--bs_unaligned=1",
            "--iodepth=16",
            "--verify=crc32c",
            "--verify_state_save=0",
            "--verify_fatal=1",
            "--group_reporting");

    assertThat(result.text()).contains("err= 0").doesNotContain("verify failed");
  }
}
