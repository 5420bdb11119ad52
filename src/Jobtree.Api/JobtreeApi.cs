using System.Security.Cryptography.X509Certificates;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Api.Access;
using Jobtree.Api.Auditing;
using Jobtree.Api.Clients;
using Jobtree.Api.Contract;
using Jobtree.Api.Losses;
using Jobtree.Api.Observing;
using Jobtree.Api.Page;
using Jobtree.Api.Requests;
using Jobtree.Api.Routes;
using Jobtree.Api.SigningIn;
using Jobtree.Api.Watching;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Api;

/// <summary>
/// Serves a fleet's operations over HTTP. A host calls <see cref="Create"/>; a host with its own application builder
/// calls <see cref="AddJobtreeApi"/> and <see cref="UseJobtreeApi"/>.
/// </summary>
public static class JobtreeApi
{
    private const int HeaderBytesMax = 16 * 1024;
    private const int HeadersMax = 64;
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Creates an application that serves only the operations, ready to start. It reads no settings from files or the
    /// environment.
    /// </summary>
    /// <param name="operations">The fleet's operations.</param>
    /// <param name="options">The address, the allowed callers and the limits.</param>
    /// <param name="configure">Adds the host's own services, such as <see cref="IRunLogs"/>,
    /// <see cref="IMetricsPage"/>, a clock, or loggers.</param>
    /// <exception cref="ArgumentException">The options are not consistent.</exception>
    /// <exception cref="TokenFileException">The token file is not valid.</exception>
    public static WebApplication Create(
        IOperations operations, ApiOptions options, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        // A stray settings file or environment variable must not open another address.
        builder.Configuration.Sources.Clear();
        builder.Services.AddSingleton(operations);
        configure?.Invoke(builder);
        builder.AddJobtreeApi(options);
        var app = builder.Build();
        app.UseJobtreeApi();
        return app;
    }

    /// <summary>Adds the API and its server's settings to a host that provides <see cref="IOperations"/>.</summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="options">The address, the allowed callers and the limits.</param>
    /// <exception cref="ArgumentException">The options are not consistent.</exception>
    /// <exception cref="TokenFileException">The token file is not valid.</exception>
    public static WebApplicationBuilder AddJobtreeApi(this WebApplicationBuilder builder, ApiOptions options)
    {
        if (options.Validate() is { Count: > 0 } errors)
            throw new ArgumentException(string.Join(' ', errors), nameof(options));
        var tokens = options.LoadTokens();
        var certificate = ServerCertificate.Read(options);
        var services = builder.Services;
        services.AddSingleton(options).AddSingleton<Gate>();
        if (options.Oidc is { } oidc)
            services.AddSingleton(provider => new OidcTokens(
                oidc, provider.GetRequiredService<TimeProvider>(), options.KeysRefresh, options.IssuerTimeout,
                provider.GetRequiredService<ILogger<OidcTokens>>()));
        if (options.Oidc is { WebClient: not null } signIn)
        {
            signIn.ReadClientSecret();
            services.AddSingleton(provider => new IssuerFlow(
                signIn, provider.GetRequiredService<OidcTokens>(), options.IssuerTimeout,
                provider.GetRequiredService<ILogger<IssuerFlow>>()));
        }
        services.AddSingleton<WebSessions>().AddSingleton<SignInPage>();
        services.AddSingleton(provider => new ApiAccess(
            tokens, provider.GetService<OidcTokens>(), provider.GetRequiredService<WebSessions>(),
            provider.GetRequiredService<TimeProvider>()))
            .AddSingleton(provider => new OperatorAccess(
                provider.GetRequiredService<ApiAccess>(), provider.GetRequiredService<SignInPage>(),
                provider.GetRequiredService<AuditTrail>()));
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.TryAddSingleton<FleetMetrics>();
        services.AddSingleton<FleetSeries>();
        services.AddSingleton<ManifestAccess>().AddSingleton<Auditor>().AddSingleton<CallerAccess>()
            .AddSingleton<RunWatch>();
        services.AddSingleton<ManifestRoutes>().AddSingleton<RunRoutes>().AddSingleton<FleetRoutes>()
            .AddSingleton<BudgetRoutes>().AddSingleton<TelemetryRoutes>().AddSingleton<LedgerRoutes>()
            .AddSingleton<WhoAmIRoutes>().AddSingleton<LedgerStream>().AddSingleton<WhatIfRoutes>()
            .AddSingleton<ExportRoutes>();
        services.AddSingleton(provider => new HostRoutes(
            provider.GetRequiredService<ApiOptions>(), provider.GetRequiredService<FleetSeries>(),
            provider.GetService<IMetricsPage>()));
        services.AddSingleton(provider => new LogRoutes(
            provider.GetRequiredService<IOperations>(), provider.GetRequiredService<ManifestAccess>(),
            provider.GetService<IRunLogs>(), provider.GetRequiredService<FleetMetrics>(),
            provider.GetRequiredService<IHostApplicationLifetime>()));
        services.AddSingleton(provider => new AuditLogRoutes(
            provider.GetService<IAuditStore>(), provider.GetRequiredService<ApiOptions>(),
            provider.GetRequiredService<FleetMetrics>(), provider.GetRequiredService<IHostApplicationLifetime>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new ClusterRoutes(
            provider.GetService<IStoreLosses>(), provider.GetService<IAuditStore>(),
            provider.GetRequiredService<IOperations>()));
        services.AddSingleton(provider => new AuditTrail(
            provider.GetService<IAuditStore>(), provider.GetRequiredService<FleetMetrics>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<AuditTrail>>()));
        services.AddHostedService(provider => provider.GetRequiredService<AuditTrail>());
        services.AddSingleton(provider => new SignInRoutes(
            provider.GetRequiredService<SignInPage>(), provider.GetRequiredService<WebSessions>(),
            provider.GetRequiredService<ApiAccess>(), provider.GetService<IssuerFlow>(),
            provider.GetRequiredService<RequestLimit>(), provider.GetRequiredService<RequestRoom>(),
            provider.GetRequiredService<AuditTrail>()));
        services.AddSingleton<RouteTable>();
        services.AddSingleton<RequestLimit>().AddSingleton<RequestRoom>();
        services.AddSingleton<ClientAccess>().AddSingleton<IFleetAccess>(
            static provider => provider.GetRequiredService<ClientAccess>());
        services.AddHostedService<RunObserver>().AddHostedService<TokenReload>();
        services.AddRoutingCore();
        services.AddApiDocument();
        // These would cost two log lines and an activity per request; the API has its own metrics.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        if (certificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(server => Configure(server, options, certificate));
        return builder;
    }

    /// <summary>Adds the API's routes, page and document to the application's pipeline.</summary>
    /// <param name="app">The application.</param>
    public static WebApplication UseJobtreeApi(this WebApplication app)
    {
        var services = app.Services;
        var options = services.GetRequiredService<ApiOptions>();
        var access = services.GetRequiredService<ApiAccess>();
        var limit = services.GetRequiredService<RequestLimit>();
        var rooms = services.GetRequiredService<RequestRoom>();
        var audit = services.GetRequiredService<AuditTrail>();
        var time = services.GetRequiredService<TimeProvider>();
        app.Use(api => MetricsDoor.Middleware(services, api));
        app.UseMiddleware<OuterLayer>();
        app.UseRouting();
        foreach (var route in services.GetRequiredService<RouteTable>().Routes)
            app.MapMethods(route.Pattern, [route.Method],
                new ApiEndpoint(route, options, access, limit, rooms, audit, time).Serve);
        app.MapApiDocument();
        app.MapPage();
        services.GetRequiredService<SignInRoutes>().Map(app);
        return app;
    }

    private static void Configure(
        KestrelServerOptions server, ApiOptions options,
            (X509Certificate2 Certificate, X509Certificate2Collection Chain)? certificate)
    {
        server.AddServerHeader = false;
        server.Limits.MaxRequestBodySize = options.BodyBytesMax;
        server.Limits.MaxRequestHeadersTotalSize = HeaderBytesMax;
        server.Limits.MaxRequestHeaderCount = HeadersMax;
        server.Limits.RequestHeadersTimeout = HeadersTimeout;
        var metrics = server.ApplicationServices.GetRequiredService<FleetMetrics>();
        MetricsDoor.Listen(server, options, metrics);
        var eighths = options.DescriptorEighths - (options.MetricsEndpoint is null ? 0 : MetricsDoor.Eighths);
        var connections = new ConnectionLimit("api", ConnectionLimit.WithinDescriptors(
            options.ConnectionsMax, ConnectionLimit.Limits(), eighths), metrics);
        server.Listen(options.Address, options.Port, listen =>
        {
            listen.Use(connections.Around);
            if (certificate is not { } shown)
            {
                listen.Protocols = HttpProtocols.Http1;
                return;
            }

            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificate = shown.Certificate,
                ServerCertificateChain = shown.Chain });
        });
    }
}
