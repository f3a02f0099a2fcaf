package dev.penstock.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.access.PasswordHash;
import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.testing.Trixie;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A real git-annex against the server: everything that it does with a remote. */
@Tag("peer")
class GitAnnexClientTest {
  private final TestServer server =
      TestServer.with(
          new TestStore(),
          Map.of(
              "anonymous",
              "read",
              "users",
              Map.of(
                  "alice",
                  Map.of(
                      "password_hash",
                      PasswordHash.of("s3:c/r+t", 1000).toString(),
                      "rights",
                      "all"))),
          _ -> {});

  private final Trixie.Folder folder = Trixie.folder();

  @BeforeEach
  void prepare() {
    client(
        """
        git init -q . && git annex init client
        git config annex.security.allowed-ip-addresses all
        git remote add peer http://127.0.0.1:1/unused
        git config remote.peer.annexUrl annex+http://127.0.0.1:%d/
        git config remote.peer.annex-uuid %s
        git config credential.helper \\
          '!f(){ test "$1" = get && printf "username=alice\\npassword=s3:c/r+t\\n"; }; f'
        printf 'some content\\n' > 'a file.txt' && git annex add . && git commit -q -m first
        """
            .formatted(server.port(), TestStore.UUID));
  }

  @AfterEach
  void close() {
    folder.close();
    server.close();
  }

  private String client(String script) {
    String whole =
        """
        set -e; cd %s; export HOME=$PWD LC_ALL=C.UTF-8 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b \\
          GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
        %s\
        """
            .formatted(folder.inside("."), script);
    return Peer.run(Trixie.command("sh", "-c", whole)).text();
  }

  private String key() {
    return client("git annex lookupkey 'a file.txt'").strip();
  }

  @Test
  void contentGoesThereAndBackAndIsDroppedOnEitherSide() {
    client("git annex copy --to peer .");
    assertThat(server.store.content(key())).contains("some content\n");
    assertThat(server.store.files()).contains("a file.txt");

    // Its only other copy is on the server, which has to lock it meanwhile.
    client("git annex drop . && test ! -e 'a file.txt'");
    assertThat(server.store.held()).isZero();

    client("git annex get . && grep -q 'some content' 'a file.txt'");
    client("git annex fsck --fast --from peer .");
    client("git annex fsck --from peer .");

    client("git annex drop --from peer .");
    assertThat(server.store.content(key())).isEmpty();
    assertThat(server.store.contents).hasValue(0);
  }

  @Test
  void anUploadThatWasBrokenOffGoesOn() {
    server.store.hasPart(key(), "some ");

    client("git annex copy --to peer .");

    assertThat(server.store.content(key())).contains("some content\n");
  }

  @Test
  void contentThatIsNotThereIsAnErrorAndStoresNothing() {
    client("git annex copy --to peer . && git annex drop .");
    client("git annex setpresentkey " + key() + " " + TestStore.UUID + " 1");
    server.store.forget(key());

    client("! git annex get .");
    client("test ! -e 'a file.txt'");
  }
}
