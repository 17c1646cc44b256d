using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <content>
/// The customer's record. What events change most lies open here and is written back in one copy when somebody asks for the whole record, at the latest when the
/// draft is closed: the record has some forty members, and a copy for each change was an eighth of all bytes that a decision made.
/// </content>
internal sealed partial class CustomerDraft
{
    private CustomerState _customer;
    private Open _open;
    private bool _isOpen;

    /// <summary>The whole record as decided so far.</summary>
    public CustomerState Customer
    {
        get => _isOpen ? Written() : _customer;
        [MemberNotNull(nameof(_customer))]
        set
        {
            _customer = value;
            _open = new Open(value);
            _isOpen = false;
        }
    }

    /// <inheritdoc cref="CustomerState.CreatedAt"/>
    public Instant CreatedAt
    {
        get => _open.CreatedAt;
        set => (_open.CreatedAt, _isOpen) = (value, true);
    }

    /// <inheritdoc cref="CustomerState.Identifiers"/>
    public ImmutableArray<string> Identifiers
    {
        get => _open.Identifiers;
        set => (_open.Identifiers, _isOpen) = (value, true);
    }

    /// <inheritdoc cref="CustomerState.SignedUpAt"/>
    public Instant? SignedUpAt
    {
        get => _open.SignedUpAt;
        set => (_open.SignedUpAt, _isOpen) = (value, true);
    }

    /// <inheritdoc cref="CustomerState.Profile"/>
    public Profile Profile
    {
        get => _open.Profile;
        set => (_open.Profile, _isOpen) = (value, true);
    }

    /// <inheritdoc cref="CustomerState.Consents"/>
    public ImmutableArray<TopicConsent> Consents
    {
        get => _open.Consents;
        set => (_open.Consents, _isOpen) = (value, true);
    }

    /// <inheritdoc cref="CustomerState.Purchases"/>
    public PurchaseHistory Purchases
    {
        get => _open.Purchases;
        set => (_open.Purchases, _isOpen) = (value, true);
    }

    /// <inheritdoc cref="CustomerState.Categories"/>
    public ImmutableArray<CategoryRhythm>? Categories
    {
        get => _open.Categories;
        set => (_open.Categories, _isOpen) = (value, true);
    }

    /// <inheritdoc cref="CustomerState.LastActivityAt"/>
    public Instant? LastActivityAt
    {
        get => _open.LastActivityAt;
        set => (_open.LastActivityAt, _isOpen) = (value, true);
    }

    /// <inheritdoc cref="CustomerState.LastPlacedAt"/>
    public Instant? LastPlacedAt
    {
        get => _open.LastPlacedAt;
        set => (_open.LastPlacedAt, _isOpen) = (value, true);
    }

    /// <inheritdoc cref="CustomerState.Carts"/>
    public ImmutableArray<CartState> Carts
    {
        get => _open.Carts;
        set => (_open.Carts, _isOpen) = (value, true);
    }

    /// <inheritdoc cref="CustomerState.Told"/>
    public ToldMoments Told
    {
        get => _open.Told;
        set => (_open.Told, _isOpen) = (value, true);
    }

    /// <inheritdoc cref="CustomerState.OnceGranted"/>
    public ImmutableArray<string> OnceGranted
    {
        get => _open.OnceGranted;
        set => (_open.OnceGranted, _isOpen) = (value, true);
    }

    /// <inheritdoc cref="CustomerState.CustomerId"/>
    public string CustomerId => _customer.CustomerId;

    /// <inheritdoc cref="CustomerState.Earned"/>
    public ImmutableArray<Earning.RuleUsage>? Earned => _customer.Earned;

    /// <inheritdoc cref="CustomerState.Tier"/>
    public Tiers.TierState? Tier => _customer.Tier;

    private CustomerStage Stage
    {
        get => _open.Stage;
        set => (_open.Stage, _isOpen) = (value, true);
    }

    private ImmutableArray<WalletSummary> Glances
    {
        get => _open.Wallets;
        set => (_open.Wallets, _isOpen) = (value, true);
    }

    private ImmutableArray<Ledger.WalletState> WalletStates
    {
        get => _open.WalletStates;
        set => (_open.WalletStates, _isOpen) = (value, true);
    }

    private CustomerState Written()
    {
        _isOpen = false;
        return _customer = _customer with
        {
            CreatedAt = _open.CreatedAt,
            Identifiers = _open.Identifiers,
            SignedUpAt = _open.SignedUpAt,
            Profile = _open.Profile,
            Consents = _open.Consents,
            Purchases = _open.Purchases,
            Categories = _open.Categories,
            LastActivityAt = _open.LastActivityAt,
            LastPlacedAt = _open.LastPlacedAt,
            Carts = _open.Carts,
            Stage = _open.Stage,
            Told = _open.Told,
            OnceGranted = _open.OnceGranted,
            Wallets = _open.Wallets,
            WalletStates = _open.WalletStates,
        };
    }

    /// <summary>The members that lie open.</summary>
    private struct Open(CustomerState customer)
    {
        public Instant CreatedAt = customer.CreatedAt;
        public ImmutableArray<string> Identifiers = customer.Identifiers;
        public Instant? SignedUpAt = customer.SignedUpAt;
        public Profile Profile = customer.Profile;
        public ImmutableArray<TopicConsent> Consents = customer.Consents;
        public PurchaseHistory Purchases = customer.Purchases;
        public ImmutableArray<CategoryRhythm>? Categories = customer.Categories;
        public Instant? LastActivityAt = customer.LastActivityAt;
        public Instant? LastPlacedAt = customer.LastPlacedAt;
        public ImmutableArray<CartState> Carts = customer.Carts;
        public CustomerStage Stage = customer.Stage;
        public ToldMoments Told = customer.Told;
        public ImmutableArray<string> OnceGranted = customer.OnceGranted;
        public ImmutableArray<WalletSummary> Wallets = customer.Wallets;
        public ImmutableArray<Ledger.WalletState> WalletStates = customer.WalletStates;
    }
}
