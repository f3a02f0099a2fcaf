package dev.penstock.spi.testing;

import dev.penstock.spi.bus.CommandDone;
import dev.penstock.spi.bus.Commands;
import dev.penstock.spi.bus.GatewayCommand;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Says that every command is done, and remembers them. Threads: any. */
public final class FakeCommands implements Commands {
  private final List<GatewayCommand> sent = new CopyOnWriteArrayList<>();

  @Override
  public Future<CommandDone> send(GatewayCommand command, Duration limit) {
    sent.add(command);
    return Future.succeededFuture(new CommandDone(command.toString()));
  }

  public List<GatewayCommand> sent() {
    return List.copyOf(sent);
  }
}
