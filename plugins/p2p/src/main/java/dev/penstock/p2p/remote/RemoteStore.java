package dev.penstock.p2p.remote;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.ConnectionPool;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.KeyStoreContext;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.RawText;
import dev.penstock.spi.content.Removal;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.OptionalLong;
import org.pf4j.Extension;

/**
 * A repository of another server, which speaks the P2P protocol over HTTP: git-annex's own, or
 * another gateway.
 */
@Extension
public final class RemoteStore implements KeyStore {
  private volatile Optional<Opened> opened = Optional.empty();

  private record Opened(
      RemoteSettings settings, RemoteClients clients, RemoteQuestions questions) {}

  @Override
  public String kind() {
    return "p2phttp";
  }

  @Override
  public String summary() {
    return "a repository of another server, by the P2P protocol over HTTP";
  }

  @Override
  public void validate(Block settings, Problems problems) {
    RemoteSettings.read(settings, problems);
  }

  @Override
  public Future<Void> open(KeyStoreContext context) {
    RemoteSettings settings = RemoteSettings.read(context.settings(), new Problems());
    return context
        .run(() -> RemoteSecrets.read(settings))
        .map(secrets -> {
          var clients = new RemoteClients(context, settings, secrets);
          opened =
              Optional.of(new Opened(settings, clients, new RemoteQuestions(context, clients)));
          return null;
        });
  }

  private RemoteQuestions questions() {
    return opened
        .orElseThrow(() -> new IllegalStateException("the repository is not open"))
        .questions();
  }

  @Override
  public String uuid() {
    return opened
        .orElseThrow(() -> new IllegalStateException("the repository is not open"))
        .settings()
        .uuid();
  }

  @Override
  public Future<Boolean> isPresent(Key key, Caller caller) {
    return questions().isPresent(key, caller);
  }

  @Override
  public Future<Content> get(Key key, Optional<RawText> file, long offset, Caller caller) {
    return questions().get(key, file, offset, caller);
  }

  @Override
  public Future<Putting> put(Key key, Optional<RawText> file, Caller caller) {
    return questions().put(key, file, caller);
  }

  @Override
  public Future<Putting.Stored> cameOtherwise(Key key, Optional<RawText> file, Caller caller) {
    return questions().cameOtherwise(key, file, caller);
  }

  @Override
  public Future<Removal> remove(Key key, OptionalLong before, Caller caller) {
    return before.isPresent()
        ? questions().removeBefore(key, before.getAsLong(), caller)
        : questions().remove(key, caller);
  }

  @Override
  public Future<Long> timestamp(Caller caller) {
    return questions().timestamp(caller);
  }

  @Override
  public Future<Optional<Hold>> lock(Key key, Caller caller) {
    return questions().lock(key, caller);
  }

  @Override
  public Optional<ConnectionPool> pool() {
    return opened.map(now -> now.clients().server().pool().state());
  }

  /** {@link GatewayError.Unavailable} for what is under way. */
  @Override
  public Future<Void> close() {
    Optional<Opened> was = opened;
    opened = Optional.empty();
    return was.map(open -> open.clients().close()).orElseGet(Future::succeededFuture);
  }
}
