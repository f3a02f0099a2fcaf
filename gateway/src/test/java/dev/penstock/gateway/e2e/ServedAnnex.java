package dev.penstock.gateway.e2e;

import dev.penstock.spi.testing.Trixie;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A repository that a gateway serves, and a client that has it as its remote {@code gw}. */
abstract class ServedAnnex {
  private final String anonymous;

  @TempDir Path home = Path.of("");

  @SuppressWarnings("NullAway.Init") // here and below: before each test
  private Trixie.Folder folder;

  @SuppressWarnings("NullAway.Init")
  AnnexRepository served;

  @SuppressWarnings("NullAway.Init")
  AnnexRepository client;

  @SuppressWarnings("NullAway.Init")
  AnnexGateway gateway;

  /**
   * @param anonymous what everybody may do: the word of the configuration
   */
  ServedAnnex(String anonymous) {
    this.anonymous = anonymous;
  }

  @BeforeEach
  void serve() {
    folder = Trixie.folder();
    served = AnnexRepository.init(folder, "served");
    client = AnnexRepository.init(folder, "client");
    gateway =
        AnnexGateway.serving(
            home,
            "repositories: { served: { kind: annex, path: %s, anonymous: %s } }"
                .formatted(served.path(), anonymous));
    client.remote("gw", served.uuid(), gateway.url());
  }

  @AfterEach
  void end() {
    gateway.close();
    folder.close();
  }
}
