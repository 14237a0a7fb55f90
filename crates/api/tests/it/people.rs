use model::EntityKind;
use search::Card;

use crate::doors::{doc, house};

#[tokio::test]
async fn the_page_searches_without_scripts() {
    let house = house();
    let plain = house.get("/").await;
    assert_eq!(plain.status, 200);
    assert_eq!(plain.headers["content-type"], "text/html; charset=utf-8");
    assert!(plain.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    assert!(plain.text().contains("<form role=\"search\"") && !plain.text().contains("<script"));

    let nights = (10..40).map(|n| {
        let title = format!("Rock & <Roll> {n}");
        doc(EntityKind::Performance, &Card { title, city: Some("Porto".into()), ..Card::default() })
    });
    house.index(&nights.collect::<Vec<_>>());
    let found = house.get("/?q=rock+rol&type=").await.text();
    assert!(found.contains("30 results") && found.contains("Rock &amp; &lt;Roll&gt; "), "{found}");
    assert!(!found.contains("<Roll>"));
    let link = found.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let rest = house.get(&link).await.text();
    assert_eq!(rest.matches("<li><div>").count(), 10, "{rest}");
    assert!(house.get("/?q=zzzz&type=venue").await.text().contains("Nothing found"));
}

#[tokio::test]
async fn the_page_says_what_was_wrong() {
    let house = house();
    for path in ["/?x=1", "/?q=a&type=band", &format!("/?q={}", "x".repeat(300))] {
        let answer = house.get(path).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.text().contains("role=\"alert\""), "{path}");
    }
}
