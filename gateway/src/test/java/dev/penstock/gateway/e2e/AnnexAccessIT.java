package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who may do what, as real git-annex clients find out, and users that operators make meanwhile. */
@Timeout(300)
class AnnexAccessIT extends ServedAnnex {
  AnnexAccessIT() {
    super("read");
  }

  private void user(String name, String password, String right) throws IOException {
    Path file = Files.writeString(home.resolve("password"), password + "\n");
    Peer.Result set =
        gateway
            .gateway()
            .cli(
                "user",
                "set",
                name,
                "--password-file",
                file.toString(),
                "--right",
                "served=" + right);
    assertThat(set.exit()).as(set.text()).isZero();
  }

  @Test
  void whoeverHasThePasswordMayPutAndWhoeverHasAnotherMayNot() throws IOException {
    user("alice", "s3c:ret", "all");
    String key = client.add("file", 5000);

    client.credentials("alice", "wrong");
    Peer.Result refused = client.call("git annex copy --to gw file");
    assertThat(refused.exit()).as(refused.text()).isNotZero();
    assertThat(served.has(key)).isFalse();

    client.credentials("alice", "s3c:ret");
    client.run("git annex copy --to gw file && git annex drop file");
    assertThat(served.has(key)).isTrue();
    client.credentials("nobody", "nothing");
    client.run("git annex get file"); // anybody may read
    client.fsck();
    served.fsck();
  }

  @Test
  void whoeverMayAppendMayNotRemoveAndIsToldWhy() throws IOException {
    user("bob", "s3cret", "append");
    client.credentials("bob", "s3cret");
    String key = client.add("file", 5000);
    client.run("git annex copy --to gw file");

    Peer.Result dropped = client.call("git annex drop --from gw file");

    assertThat(dropped.exit()).as(dropped.text()).isNotZero();
    assertThat(served.has(key)).isTrue();
    served.fsck();
  }

  @Test
  void aUserThatWasMadeIsThereAfterARestartAndOneThatWasRemovedIsNot() throws IOException {
    user("alice", "s3cret", "all");
    user("bob", "s3cret", "read");
    assertThat(gateway.gateway().cli("user", "remove", "bob", "--yes").exit()).isZero();
    assertThat(gateway.gateway().stop()).isZero();
    gateway.gateway().start();

    assertThat(gateway.gateway().cli("user", "list").out())
        .contains("alice", "served all")
        .doesNotContain("bob", "s3cret");
  }
}
