import au.com.dius.pact.core.pactbroker.ConsumerVersionSelectors;
import au.com.dius.pact.core.pactbroker.Latest;
import au.com.dius.pact.core.pactbroker.PactBrokerClient;
import au.com.dius.pact.core.pactbroker.PactBrokerClientConfig;
import au.com.dius.pact.core.pactbroker.PublishConfiguration;
import au.com.dius.pact.core.pactbroker.To;
import au.com.dius.pact.core.support.Result;
import au.com.dius.pact.provider.PactVerification;
import au.com.dius.pact.provider.ProviderInfo;
import au.com.dius.pact.provider.ProviderVerifier;
import au.com.dius.pact.provider.VerificationResult;
import java.io.File;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What builds on the JVM do, one step a run: publish a contract, verify those that the broker names and publish the
 * results, ask whether a version may be deployed. It exits with 0 if the step succeeds, else with 1.
 */
public class Client {
    private static final String BROKER = System.getenv("PACT_BROKER_BASE_URL");
    private static final String TOKEN = System.getenv("PACT_BROKER_TOKEN");
    /** How to sign in: with the token, if there is one. */
    private static final Map<String, Object> SIGNING_IN = TOKEN == null ? Map.of() : Map.of("authentication", List.of("bearer", TOKEN));

    public static void main(String[] arguments) throws Exception {
        boolean succeeded = switch (arguments[0]) {
            case "publish" -> publish(arguments[1], arguments[2], arguments[3]);
            case "verify" -> verify(arguments[1], arguments[2]);
            case "can-i-deploy" -> canDeploy(arguments[1], arguments[2], arguments[3]);
            default -> throw new IllegalArgumentException("publish, verify or can-i-deploy, not " + arguments[0]);
        };
        System.exit(succeeded ? 0 : 1);
    }

    private static boolean publish(String file, String version, String branch) {
        var configuration = new PublishConfiguration(version, List.of("dev"), branch, "http://ci.example/" + version);
        var result = new PactBrokerClient(BROKER, new HashMap<>(SIGNING_IN), new PactBrokerClientConfig()).uploadPactFile(new File(file), configuration);
        System.out.println(result);
        return result instanceof Result.Ok;
    }

    /** Verifies orders-api at the address and publishes the results for the version. */
    private static boolean verify(String version, String address) throws Exception {
        var at = URI.create(address);
        var provider = new ProviderInfo("orders-api");
        provider.setHost(at.getHost());
        provider.setPort(at.getPort());
        provider.setStateChangeUrl(at.resolve("/_state").toURL());
        provider.setVerificationType(PactVerification.REQUEST_RESPONSE);
        var options = new HashMap<String, Object>(Map.of("enablePending", true, "providerTags", List.of("dev", "feat/x"),
            "providerBranch", "main", "includeWipPactsSince", "2024-01-01"));
        options.putAll(SIGNING_IN);
        provider.setConsumers(List.copyOf(provider.hasPactsFromPactBrokerWithSelectorsV2(options, BROKER, List.of(
            ConsumerVersionSelectors.MainBranch.INSTANCE, ConsumerVersionSelectors.DeployedOrReleased.INSTANCE))));

        var settings = new HashMap<>(Map.of("pact.verifier.publishResults", "true", "pact.showStacktrace", "false"));
        if (TOKEN != null) settings.put("pactbroker.auth.token", TOKEN);
        var verifier = new ProviderVerifier();
        verifier.setProjectHasProperty(settings::containsKey);
        verifier.setProjectGetProperty(settings::get);
        verifier.setProviderVersion(() -> version);
        verifier.setProviderBranch(() -> "main");
        verifier.setProviderTags(() -> List.of("dev", "feat/x"));
        var results = verifier.verifyProvider(provider);
        var failed = results.stream().filter(VerificationResult.Failed.class::isInstance)
            .map(VerificationResult.Failed.class::cast).filter(failure -> !failure.getPending()).toList();
        failed.forEach(failure -> System.out.println(failure.getDescription()));
        return !results.isEmpty() && failed.isEmpty();
    }

    private static boolean canDeploy(String application, String version, String environment) {
        var result = new PactBrokerClient(BROKER, new HashMap<>(SIGNING_IN), new PactBrokerClientConfig()).canIDeploy(application, version, new Latest.UseLatest(false), new To(null, environment));
        System.out.println(result.getMessage() + " " + result.getReason());
        return result.getOk();
    }
}
