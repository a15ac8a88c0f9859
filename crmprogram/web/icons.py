"""Icon drawings on a 16-unit square, ours alone; every name is one silhouette.

The first eight are the states of the product: shape first, then word, then colour.
"""

from django.utils.safestring import SafeString

RING = '<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6"/>'

ICONS: dict[str, SafeString] = {
    name: SafeString(drawing)
    for name, drawing in {
        "met": '<circle cx="8" cy="8" r="7" fill="currentColor"/><path d="M4.6 8.3 7 10.6l4.4-5" fill="none" '
        'stroke="var(--on-status)" stroke-width="1.8"/>',
        "unmet": '<path d="M1.5 1.5h13v13h-13z" fill="currentColor"/><path d="m5 5 6 6m0-6-6 6" '
        'stroke="var(--on-status)" stroke-width="1.8"/>',
        "watch": '<path d="M8 1.2 15.3 14.6H.7z" fill="currentColor"/><path d="M8 6v4.2m0 1.4v1.5" '
        'stroke="var(--on-status)" stroke-width="1.7"/>',
        "waived": '<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6" '
        'stroke-dasharray="3.2 2.1"/><path d="M4.8 8h6.4" stroke="currentColor" stroke-width="1.8"/>',
        "none": RING,
        "stale": RING + '<path d="M8 4.2V8l2.6 1.7" fill="none" stroke="currentColor" stroke-width="1.6"/>',
        "running": RING + '<path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" fill="currentColor"/>',
        "eliminated": '<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="2"/>'
        '<path d="m3.6 12.4 8.8-8.8" stroke="currentColor" stroke-width="2"/>',
        "info": RING + '<path d="M8 7.2v4.2M8 4.3v1.7" stroke="currentColor" stroke-width="1.8"/>',
        "overview": '<path d="M2 2h5v5H2zm7 0h5v5H9zM2 9h5v5H2zm7 0h5v5H9z" fill="none" stroke="currentColor" '
        'stroke-width="1.5"/>',
        "square": '<path d="M2.2 2.2h11.6v11.6H2.2z" fill="none" stroke="currentColor" stroke-width="1.5"/>',
        "menu": '<path d="M2 4.5h12M2 8h12M2 11.5h12" stroke="currentColor" stroke-width="1.6"/>',
        "search": '<circle cx="7" cy="7" r="4.6" fill="none" stroke="currentColor" stroke-width="1.6"/>'
        '<path d="m10.4 10.4 4 4" stroke="currentColor" stroke-width="1.6"/>',
        "print": '<path d="M4.5 6V2h7v4M4.5 11.5H2.5V6.2h11v5.3h-2M4.5 9.5h7V14h-7z" fill="none" '
        'stroke="currentColor" stroke-width="1.5"/>',
        "download": '<path d="M8 2v8.5m-3.6-3.6L8 10.5l3.6-3.6M2.5 14h11" fill="none" stroke="currentColor" '
        'stroke-width="1.6"/>',
        "upload": '<path d="M8 11V2.5M4.4 6 8 2.4 11.6 6M2.5 14h11" fill="none" stroke="currentColor" '
        'stroke-width="1.6"/>',
        "lock": '<path d="M3 7.2h10v7H3zM5.2 7V5a2.8 2.8 0 0 1 5.6 0v2" fill="none" stroke="currentColor" '
        'stroke-width="1.6"/>',
        "clip": '<path d="m13.5 7.5-5.6 5.6a3.3 3.3 0 0 1-4.7-4.7l6-6a2.2 2.2 0 0 1 3.1 3.1l-5.8 5.8a1 1 0 0 1'
        '-1.5-1.5l5-5" fill="none" stroke="currentColor" stroke-width="1.4"/>',
        "pause": '<path d="M5 3v10M11 3v10" stroke="currentColor" stroke-width="2.2"/>',
        "play": '<path d="M4 2.5v11l9-5.5z" fill="currentColor"/>',
        "stop": '<path d="M3.5 3.5h9v9h-9z" fill="currentColor"/>',
        "plus": '<path d="M8 2.5v11M2.5 8h11" stroke="currentColor" stroke-width="1.8"/>',
        "edit": '<path d="M3 13l.6-3L10.8 2.8l2.4 2.4L6 12.4z" fill="none" stroke="currentColor" stroke-width="1.5"/>',
        "remove": '<path d="m3.5 3.5 9 9m0-9-9 9" stroke="currentColor" stroke-width="1.8"/>',
        "undo": '<path d="M3 6h6.5a3.6 3.6 0 0 1 0 7.2H6M6 2.6 2.6 6 6 9.4" fill="none" stroke="currentColor" '
        'stroke-width="1.6"/>',
        "up": '<path d="M3 10.5 8 5l5 5.5" fill="none" stroke="currentColor" stroke-width="1.8"/>',
        "down": '<path d="M3 5.5 8 11l5-5.5" fill="none" stroke="currentColor" stroke-width="1.8"/>',
        "next": '<path d="M5.5 3 11 8l-5.5 5" fill="none" stroke="currentColor" stroke-width="1.8"/>',
        "previous": '<path d="M10.5 3 5 8l5.5 5" fill="none" stroke="currentColor" stroke-width="1.8"/>',
        "people": '<circle cx="6" cy="5" r="2.7" fill="none" stroke="currentColor" stroke-width="1.5"/>'
        '<path d="M1.2 14c.3-3.2 2.2-4.8 4.8-4.8s4.5 1.6 4.8 4.8M11 2.6a2.6 2.6 0 0 1 0 4.9m1 2c1.7.6 2.7 2.1 '
        '2.9 4.5" fill="none" stroke="currentColor" stroke-width="1.5"/>',
        "settings": '<path d="M2 4.5h7m3 0h2M2 11.5h2m3 0h7" stroke="currentColor" stroke-width="1.5"/>'
        '<circle cx="10.5" cy="4.5" r="1.7" fill="none" stroke="currentColor" stroke-width="1.5"/>'
        '<circle cx="5.5" cy="11.5" r="1.7" fill="none" stroke="currentColor" stroke-width="1.5"/>',
        "history": '<path d="M3 8a5.4 5.4 0 1 0 1.6-3.9L2.4 6.2M2.2 2.4v4h4M8 5v3.3l2.3 1.4" '
        'fill="none" stroke="currentColor" stroke-width="1.5"/>',
        "waves": '<path d="M2 4h5v3H2zM9 9h5v3H9zM4.5 7v3.5H9" fill="none" stroke="currentColor" stroke-width="1.5"/>',
        "file": '<path d="M3.5 1.8h6l3 3v9.4h-9zM9.3 2v3h3" fill="none" stroke="currentColor" stroke-width="1.5"/>',
        "key": '<circle cx="5" cy="8" r="3" fill="none" stroke="currentColor" stroke-width="1.6"/>'
        '<path d="M8 8h6.5v3M11.5 8v2.5" fill="none" stroke="currentColor" stroke-width="1.6"/>',
    }.items()
}
