import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBRequestHandler;
import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBServerHandler;
import java.net.InetSocketAddress;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;

/** DynamoDB Local on 127.0.0.1, in memory: its own runner listens on every interface. Prints {"port":N}; ends when its standard input does. */
public class DdbLoopback {
  public static void main(String[] args) throws Exception {
    var requests = new LocalDynamoDBRequestHandler(0, /* inMemory */ true, /* folder */ null, /* sharedDb */ true, /* delayTransientStatuses */ false);
    var context = new ContextHandler();
    context.setHandler(new LocalDynamoDBServerHandler(requests, "*"));
    var server = new Server(new InetSocketAddress("127.0.0.1", 0));
    server.setHandler(context);
    server.start();
    System.out.println("{\"port\":" + ((ServerConnector) server.getConnectors()[0]).getLocalPort() + "}");
    // Whoever started it holds the other end: nothing is left of it when a test run is killed.
    System.in.transferTo(java.io.OutputStream.nullOutputStream());
    System.exit(0);
  }
}
