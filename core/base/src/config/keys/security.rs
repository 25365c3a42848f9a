//! Who may connect, how they prove who they are, and what they may do.

use super::*;

keys! {
    /// Every key of this file, in the order in which they are best read.
    SECURITY: Broker;

    /// The authorizer that decides what a client may do;
    /// `org.apache.kafka.metadata.authorizer.StandardAuthorizer` keeps its rules in the metadata
    /// log.
    AUTHORIZER_CLASS_NAME = Key::string("authorizer.class.name", "").low()
        .concerns(Concern::Security).since("0.9");
    /// The class that makes a principal of what a connection has proved.
    PRINCIPAL_BUILDER_CLASS =
        Key::class("principal.builder.class", "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder")
        .per_broker().concerns(Concern::Security).since("0.9");
    /// Java security providers to install.
    SECURITY_PROVIDERS = Key::unset("security.providers", Kind::String).low()
        .concerns(Concern::Security).since("2.4");
    /// The secret that signs delegation tokens, the same on every node.
    DELEGATION_TOKEN_SECRET_KEY = Key::unset("delegation.token.secret.key", Kind::Password)
        .concerns(Concern::Security).since("2.8");
    /// How long a delegation token can be renewed at most.
    DELEGATION_TOKEN_MAX_LIFETIME_MS = Key::long("delegation.token.max.lifetime.ms", "604800000")
        .at_least(1).ms().concerns(Concern::Security).since("1.1");
    /// How long a delegation token lasts until it is renewed.
    DELEGATION_TOKEN_EXPIRY_TIME_MS = Key::long("delegation.token.expiry.time.ms", "86400000")
        .at_least(1).ms().concerns(Concern::Security).since("1.1");
    /// How often expired delegation tokens are removed.
    DELEGATION_TOKEN_EXPIRY_CHECK_INTERVAL_MS =
        Key::long("delegation.token.expiry.check.interval.ms", "3600000").at_least(1).ms().low()
        .concerns(Concern::Security).since("1.1");
    /// The newest TLS version that is offered.
    SSL_PROTOCOL = Key::string("ssl.protocol", "TLSv1.3").per_broker().concerns(Concern::Security)
        .since("0.9");
    /// The Java provider of TLS.
    SSL_PROVIDER = Key::unset("ssl.provider", Kind::String).per_broker()
        .concerns(Concern::Security).since("0.9");
    /// The TLS versions that are accepted.
    SSL_ENABLED_PROTOCOLS = Key::list("ssl.enabled.protocols", "TLSv1.2,TLSv1.3")
        .rule(Rule::Distinct).per_broker().concerns(Concern::Security).since("0.9");
    /// The cipher suites that are accepted; an empty list leaves the choice to the library.
    SSL_CIPHER_SUITES = Key::list("ssl.cipher.suites", "").rule(Rule::Distinct).per_broker()
        .concerns(Concern::Security).since("0.9");
    /// Whether a client must show a certificate.
    SSL_CLIENT_AUTH = Key::string("ssl.client.auth", "none")
        .one_of(&["required", "requested", "none"]).per_broker().concerns(Concern::Security)
        .since("0.9");
    /// The format of the file with the node's key and certificate: JKS, PKCS12 or PEM.
    SSL_KEYSTORE_TYPE = Key::string("ssl.keystore.type", "JKS").per_broker()
        .concerns(Concern::Security).since("0.9");
    /// The file with the node's key and certificate.
    SSL_KEYSTORE_LOCATION = Key::unset("ssl.keystore.location", Kind::String).per_broker()
        .concerns(Concern::Security).since("0.9");
    /// The password of that file.
    SSL_KEYSTORE_PASSWORD = Key::unset("ssl.keystore.password", Kind::Password).per_broker()
        .concerns(Concern::Security).since("0.9");
    /// The password of the private key in it.
    SSL_KEY_PASSWORD = Key::unset("ssl.key.password", Kind::Password).per_broker()
        .concerns(Concern::Security).since("0.9");
    /// The private key itself, as PEM text.
    SSL_KEYSTORE_KEY = Key::unset("ssl.keystore.key", Kind::Password).per_broker()
        .concerns(Concern::Security).since("2.7");
    /// The certificate and its chain, as PEM text.
    SSL_KEYSTORE_CERTIFICATE_CHAIN = Key::unset("ssl.keystore.certificate.chain", Kind::Password)
        .per_broker().concerns(Concern::Security).since("2.7");
    /// The format of the file with the trusted certificates: JKS, PKCS12 or PEM.
    SSL_TRUSTSTORE_TYPE = Key::string("ssl.truststore.type", "JKS").per_broker()
        .concerns(Concern::Security).since("0.9");
    /// The file with the trusted certificates.
    SSL_TRUSTSTORE_LOCATION = Key::unset("ssl.truststore.location", Kind::String).per_broker()
        .concerns(Concern::Security).since("0.9");
    /// The password of that file.
    SSL_TRUSTSTORE_PASSWORD = Key::unset("ssl.truststore.password", Kind::Password).per_broker()
        .concerns(Concern::Security).since("0.9");
    /// The trusted certificates themselves, as PEM text.
    SSL_TRUSTSTORE_CERTIFICATES = Key::unset("ssl.truststore.certificates", Kind::Password)
        .per_broker().concerns(Concern::Security).since("2.7");
    /// The name of Java's key manager.
    SSL_KEYMANAGER_ALGORITHM = Key::string("ssl.keymanager.algorithm", "SunX509").per_broker()
        .concerns(Concern::Security).since("0.9");
    /// The name of Java's trust manager.
    SSL_TRUSTMANAGER_ALGORITHM = Key::string("ssl.trustmanager.algorithm", "PKIX").per_broker()
        .concerns(Concern::Security).since("0.9");
    /// How a name is checked against a certificate: `https`, or empty for not at all.
    SSL_ENDPOINT_IDENTIFICATION_ALGORITHM =
        Key::string("ssl.endpoint.identification.algorithm", "https").low().per_broker()
        .concerns(Concern::Security).since("0.9");
    /// The name of Java's random number generator for TLS.
    SSL_SECURE_RANDOM_IMPLEMENTATION = Key::unset("ssl.secure.random.implementation", Kind::String)
        .low().per_broker().concerns(Concern::Security).since("0.10.0");
    /// A class that makes TLS engines.
    SSL_ENGINE_FACTORY_CLASS = Key::unset("ssl.engine.factory.class", Kind::Class).low()
        .per_broker().concerns(Concern::Security).since("2.6");
    /// Rules that turn the distinguished name of a certificate into a user name.
    SSL_PRINCIPAL_MAPPING_RULES = Key::string("ssl.principal.mapping.rules", "DEFAULT").low()
        .concerns(Concern::Security).since("2.2");
    /// Accept a reloaded keystore whose certificate has another distinguished name.
    SSL_ALLOW_DN_CHANGES = Key::boolean("ssl.allow.dn.changes", "false").low()
        .concerns(Concern::Security).since("3.7");
    /// Accept a reloaded keystore whose certificate names other hosts.
    SSL_ALLOW_SAN_CHANGES = Key::boolean("ssl.allow.san.changes", "false").low()
        .concerns(Concern::Security).since("3.7");
    /// The SASL mechanisms that are offered.
    SASL_ENABLED_MECHANISMS = Key::list("sasl.enabled.mechanisms", "GSSAPI").rule(Rule::Distinct)
        .per_broker().concerns(Concern::Security).since("0.10.0");
    /// The login module and its options, in the format of JAAS.
    SASL_JAAS_CONFIG = Key::unset("sasl.jaas.config", Kind::Password).per_broker()
        .concerns(Concern::Security).since("0.10.2");
    /// The mechanism that brokers use among themselves.
    SASL_MECHANISM_INTER_BROKER_PROTOCOL =
        Key::string("sasl.mechanism.inter.broker.protocol", "GSSAPI").per_broker()
        .concerns(Concern::Security).since("0.10.0");
    /// The mechanism that nodes use towards the controller.
    SASL_MECHANISM_CONTROLLER_PROTOCOL = Key::string("sasl.mechanism.controller.protocol", "GSSAPI")
        .high().concerns(Concern::Security).since("2.8");
    /// The largest SASL message that is accepted before a client is authenticated.
    SASL_SERVER_MAX_RECEIVE_SIZE = Key::int("sasl.server.max.receive.size", "524288").bytes()
        .concerns(Concern::Security).since("2.4");
    /// A class that answers the questions of a SASL client.
    SASL_CLIENT_CALLBACK_HANDLER_CLASS =
        Key::unset("sasl.client.callback.handler.class", Kind::Class).concerns(Concern::Security)
        .since("2.0");
    /// A class that answers the questions of a login.
    SASL_LOGIN_CALLBACK_HANDLER_CLASS = Key::unset("sasl.login.callback.handler.class", Kind::Class)
        .concerns(Concern::Security).since("2.0");
    /// A class that logs in.
    SASL_LOGIN_CLASS = Key::unset("sasl.login.class", Kind::Class).concerns(Concern::Security)
        .since("2.0");
    /// A class that answers the questions of a SASL server.
    SASL_SERVER_CALLBACK_HANDLER_CLASS =
        Key::unset("sasl.server.callback.handler.class", Kind::Class).concerns(Concern::Security)
        .since("2.0");
    /// The Kerberos name of the service.
    SASL_KERBEROS_SERVICE_NAME = Key::unset("sasl.kerberos.service.name", Kind::String)
        .per_broker().concerns(Concern::Security).since("0.9");
    /// The path of the `kinit` command.
    SASL_KERBEROS_KINIT_CMD = Key::string("sasl.kerberos.kinit.cmd", "/usr/bin/kinit").per_broker()
        .concerns(Concern::Security).since("0.9");
    /// The share of a ticket's life after which it is renewed.
    SASL_KERBEROS_TICKET_RENEW_WINDOW_FACTOR =
        Key::double("sasl.kerberos.ticket.renew.window.factor", "0.8").per_broker()
        .concerns(Concern::Security).since("0.9");
    /// The random share added to that time.
    SASL_KERBEROS_TICKET_RENEW_JITTER = Key::double("sasl.kerberos.ticket.renew.jitter", "0.05")
        .per_broker().concerns(Concern::Security).since("0.9");
    /// The least time between two renewals.
    SASL_KERBEROS_MIN_TIME_BEFORE_RELOGIN =
        Key::long("sasl.kerberos.min.time.before.relogin", "60000").ms().per_broker()
        .concerns(Concern::Security).since("0.9");
    /// Rules that turn a Kerberos principal into a user name.
    SASL_KERBEROS_PRINCIPAL_TO_LOCAL_RULES =
        Key::list("sasl.kerberos.principal.to.local.rules", "DEFAULT").rule(Rule::Distinct)
        .per_broker().concerns(Concern::Security).since("0.9");
    /// The share of a credential's life after which it is refreshed.
    SASL_LOGIN_REFRESH_WINDOW_FACTOR = Key::double("sasl.login.refresh.window.factor", "0.8")
        .per_broker().concerns(Concern::Security).since("2.0");
    /// The random share added to that time.
    SASL_LOGIN_REFRESH_WINDOW_JITTER = Key::double("sasl.login.refresh.window.jitter", "0.05")
        .per_broker().concerns(Concern::Security).since("2.0");
    /// The least time between two refreshes of a credential.
    SASL_LOGIN_REFRESH_MIN_PERIOD_SECONDS =
        Key::short("sasl.login.refresh.min.period.seconds", "60").unit(Unit::Seconds).per_broker()
        .concerns(Concern::Security).since("2.0");
    /// How long before its end a credential has to be refreshed.
    SASL_LOGIN_REFRESH_BUFFER_SECONDS = Key::short("sasl.login.refresh.buffer.seconds", "300")
        .unit(Unit::Seconds).per_broker().concerns(Concern::Security).since("2.0");
    /// How long connecting to an identity provider may take.
    SASL_LOGIN_CONNECT_TIMEOUT_MS = Key::unset("sasl.login.connect.timeout.ms", Kind::Int).ms()
        .low().concerns(Concern::Security).since("3.1");
    /// How long an answer of an identity provider may take.
    SASL_LOGIN_READ_TIMEOUT_MS = Key::unset("sasl.login.read.timeout.ms", Kind::Int).ms().low()
        .concerns(Concern::Security).since("3.1");
    /// The first pause before a failed login at an identity provider is tried again.
    SASL_LOGIN_RETRY_BACKOFF_MS = Key::long("sasl.login.retry.backoff.ms", "100").ms().low()
        .concerns(Concern::Security).since("3.1");
    /// The longest such pause.
    SASL_LOGIN_RETRY_BACKOFF_MAX_MS = Key::long("sasl.login.retry.backoff.max.ms", "10000").ms()
        .low().concerns(Concern::Security).since("3.1");
    /// The claim of a token that holds its scope.
    SASL_OAUTHBEARER_SCOPE_CLAIM_NAME = Key::string("sasl.oauthbearer.scope.claim.name", "scope")
        .low().concerns(Concern::Security).since("3.1");
    /// The claim of a token that holds the user's name.
    SASL_OAUTHBEARER_SUB_CLAIM_NAME = Key::string("sasl.oauthbearer.sub.claim.name", "sub").low()
        .concerns(Concern::Security).since("3.1");
    /// Where tokens are fetched.
    SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL =
        Key::unset("sasl.oauthbearer.token.endpoint.url", Kind::String).concerns(Concern::Security)
        .since("3.1");
    /// Where the keys that sign tokens are fetched.
    SASL_OAUTHBEARER_JWKS_ENDPOINT_URL =
        Key::unset("sasl.oauthbearer.jwks.endpoint.url", Kind::String).concerns(Concern::Security)
        .since("3.1");
    /// How often these keys are fetched again.
    SASL_OAUTHBEARER_JWKS_ENDPOINT_REFRESH_MS =
        Key::long("sasl.oauthbearer.jwks.endpoint.refresh.ms", "3600000").ms().low()
        .concerns(Concern::Security).since("3.1");
    /// The first pause after fetching the keys has failed.
    SASL_OAUTHBEARER_JWKS_ENDPOINT_RETRY_BACKOFF_MS =
        Key::long("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", "100").ms().low()
        .concerns(Concern::Security).since("3.1");
    /// The longest such pause.
    SASL_OAUTHBEARER_JWKS_ENDPOINT_RETRY_BACKOFF_MAX_MS =
        Key::long("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", "10000").ms().low()
        .concerns(Concern::Security).since("3.1");
    /// How far the clocks of the node and the identity provider may differ.
    SASL_OAUTHBEARER_CLOCK_SKEW_SECONDS = Key::int("sasl.oauthbearer.clock.skew.seconds", "30")
        .unit(Unit::Seconds).low().concerns(Concern::Security).since("3.1");
    /// The audiences that a token must be meant for, one of them at least.
    SASL_OAUTHBEARER_EXPECTED_AUDIENCE = Key::list("sasl.oauthbearer.expected.audience", "")
        .rule(Rule::Distinct).high().concerns(Concern::Security).since("3.1");
    /// The issuer that a token must come from.
    SASL_OAUTHBEARER_EXPECTED_ISSUER = Key::unset("sasl.oauthbearer.expected.issuer", Kind::String)
        .high().concerns(Concern::Security).since("3.1");
    /// The scope to ask for when a token is fetched.
    SASL_OAUTHBEARER_SCOPE = Key::unset("sasl.oauthbearer.scope", Kind::String)
        .concerns(Concern::Security).since("4.1");
    /// The class that fetches tokens.
    SASL_OAUTHBEARER_JWT_RETRIEVER_CLASS =
        Key::class("sasl.oauthbearer.jwt.retriever.class", "org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever")
        .concerns(Concern::Security).since("4.1");
    /// The class that checks tokens.
    SASL_OAUTHBEARER_JWT_VALIDATOR_CLASS =
        Key::class("sasl.oauthbearer.jwt.validator.class", "org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator")
        .concerns(Concern::Security).since("4.1");
    /// The client id with which tokens are fetched.
    SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_ID =
        Key::unset("sasl.oauthbearer.client.credentials.client.id", Kind::String)
        .concerns(Concern::Security).since("4.1");
    /// The secret that belongs to it.
    SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_SECRET =
        Key::unset("sasl.oauthbearer.client.credentials.client.secret", Kind::Password)
        .concerns(Concern::Security).since("4.1");
    /// The algorithm that signs an assertion.
    SASL_OAUTHBEARER_ASSERTION_ALGORITHM =
        Key::string("sasl.oauthbearer.assertion.algorithm", "RS256")
        .rule(Rule::OneOfAnyCase(&["ES256", "RS256"])).concerns(Concern::Security).since("4.1");
    /// The audience of an assertion.
    SASL_OAUTHBEARER_ASSERTION_CLAIM_AUD =
        Key::unset("sasl.oauthbearer.assertion.claim.aud", Kind::String)
        .concerns(Concern::Security).since("4.1");
    /// How long an assertion is valid.
    SASL_OAUTHBEARER_ASSERTION_CLAIM_EXP_SECONDS =
        Key::int("sasl.oauthbearer.assertion.claim.exp.seconds", "300").between(0, 86_400)
        .unit(Unit::Seconds).low().concerns(Concern::Security).since("4.1");
    /// The issuer of an assertion.
    SASL_OAUTHBEARER_ASSERTION_CLAIM_ISS =
        Key::unset("sasl.oauthbearer.assertion.claim.iss", Kind::String)
        .concerns(Concern::Security).since("4.1");
    /// Whether an assertion gets an id of its own.
    SASL_OAUTHBEARER_ASSERTION_CLAIM_JTI_INCLUDE =
        Key::boolean("sasl.oauthbearer.assertion.claim.jti.include", "false")
        .concerns(Concern::Security).since("4.1");
    /// How long before its making an assertion is valid already.
    SASL_OAUTHBEARER_ASSERTION_CLAIM_NBF_SECONDS =
        Key::int("sasl.oauthbearer.assertion.claim.nbf.seconds", "60").between(0, 3600)
        .unit(Unit::Seconds).low().concerns(Concern::Security).since("4.1");
    /// The subject of an assertion.
    SASL_OAUTHBEARER_ASSERTION_CLAIM_SUB =
        Key::unset("sasl.oauthbearer.assertion.claim.sub", Kind::String)
        .concerns(Concern::Security).since("4.1");
    /// A file with an assertion that somebody else has signed.
    SASL_OAUTHBEARER_ASSERTION_FILE = Key::unset("sasl.oauthbearer.assertion.file", Kind::String)
        .concerns(Concern::Security).since("4.1");
    /// The file with the key that signs assertions.
    SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_FILE =
        Key::unset("sasl.oauthbearer.assertion.private.key.file", Kind::String)
        .concerns(Concern::Security).since("4.1");
    /// The password of that key.
    SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_PASSPHRASE =
        Key::unset("sasl.oauthbearer.assertion.private.key.passphrase", Kind::Password)
        .concerns(Concern::Security).since("4.1");
    /// A file with the claims and headers that every assertion gets.
    SASL_OAUTHBEARER_ASSERTION_TEMPLATE_FILE =
        Key::unset("sasl.oauthbearer.assertion.template.file", Kind::String)
        .concerns(Concern::Security).since("4.1");
}
